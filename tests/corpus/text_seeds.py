"""Draw options, targets and surveys."""

import json

from seed_file import put

def texts():
    options = ['{}', '{"fold":"max"}', '{"fold":"sum","colors":"heat"}', '{"fold":"rgb","colors":"heat"}', '{"clip":0}', '{"clip":0.999}', '{"clip":1}',
               '{"clip":-1}', '{"clip":1e999}', '{"clip":null}', '{"sign":"positive"}', '{"sign":"negative","fold":"sum"}', '{"sign":"magnitude"}',
               '{"colors":"diverging","fold":"max"}', '{"fold":"mean"}', '{"fold":7}', '{"clip":"2%"}', '{"clip":0.5,"clip":0.1}', '[]', 'null', '', '{', '"',
               '{"\\u202e":1}', '{"fold":"\\u001b[2J"}', '[' * 300, '{"a":' * 200, '{"method":"smoothgrad"}', '{"method":"smoothgrad","samples":1000000000}',
               '{"method":"integrated-gradients","steps":5}', '{"method":"occlusion","window":[0,0],"stride":[0,0]}', '{"method":"occlusion"}']
    for at, text in enumerate(options):
        put("draw-options", f"{at:02}", text)
    targets = ["top", "class:0", "class:281", "class:-1", "class:", "class:18446744073709551616", "conv2:7", "conv2:7@3,12", "conv2:7@", "conv2:7@3",
               "conv2:7@3,12,4", "a:b:3", "@:1", ":", "", "top:1", "class:1@2,3", "conv2:+7", "conv2: 7", "conv2:７", "\u202econv:1", "\x1b[2J:1", "é:1@0,0",
               '"top"', '{"class":3}', '{"class":-1}', '{"class":1.5}', '{"layer":"a","channel":2}', '{"layer":"a","channel":2,"at":[1,2]}',
               '{"layer":"a","channel":2,"at":[1]}', '{"layer":"a","channel":2,"at":null}', '{"layer":"a","channel":2,"at":[1,2,3]}', '{"top":null}', '[]',
               '{"class":3,"class":4}', '[[[[[[[[', '{"layer":"' + "a" * 3000 + '","channel":1}', "a" * 5000 + ":1", "conv2:1@18446744073709551615,0", "null"]
    for at, text in enumerate(targets):
        put("target", f"{at:02}", text)
    extent = {"start": 0, "size": 1, "step": 1}
    sound = {"format": 1, "about": {"model": "m", "checksum": 1, "count": 9, "names": 2, "most": 3}, "done": 4, "skipped": ["bad.jpg: broken"],
             "pictures": ["a.png", "b/c.png"], "layers": [{"name": "relu", "field": {"y": extent, "x": extent}, "channels": [[[0, 1, 2, 3.5], [1, 0, 0, 1.0]], []]}]}
    changes = [{}, {"shard": [1, 2], "done": 2}, {"shard": [3, 2]}, {"shard": [0, 0]}, {"format": 2}, {"done": 10}, {"done": -1}, {"skipped": [""] * 5}, {"pictures": ["../a", "b"]},
               {"pictures": ["/etc/passwd", "b"]}, {"pictures": ["a"]}, {"pictures": ["a\u202e", "\x1b[2J"]}, {"pictures": []}, {"layers": []}, {"more": 1},
               {"about": sound["about"] | {"most": 0}}, {"about": sound["about"] | {"most": 1 << 63}}, {"about": sound["about"] | {"count": (1 << 64) - 1}}]
    layer = sound["layers"][0]
    changes += [{"layers": [layer | change]} for change in ({"channels": []}, {"channels": [[]] * 2000}, {"channels": [[[0, 0, 0, 1.0]] * 4]}, {"channels": [[[9, 0, 0, 1.0]]]},
                {"channels": [[[0, (1 << 64) - 1, 0, 1.0]]]}, {"name": "x\u2028y"}, {"name": ""}, {"field": {"y": extent, "x": {"start": -(1 << 63), "size": (1 << 63) - 1, "step": (1 << 63) - 1}}})]
    for at, change in enumerate(changes):
        put("survey", f"{at:02}", json.dumps(sound | change))
    for at, text in enumerate(["", "{}", "[" * 200, json.dumps(sound)[:-9], json.dumps(sound).replace("3.5", "1e999"), json.dumps(sound).replace("3.5", "NaN")]):
        put("survey", f"text-{at}", text)
