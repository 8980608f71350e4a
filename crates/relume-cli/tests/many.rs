//! Many pictures in one call of `relume explain`, run as a user runs it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use image::RgbImage;
use serde_json::Value;

struct Place(tempfile::TempDir);

impl Place {
    /// Two folders with pictures of the same name, one of them called as another's map might be.
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        succeeds(&place.relume(&["init", "strided-cnn-c", "m.safetensors"]));
        for (index, name) in ["set/a.png", "set/b/a.png", "set/b/c, d.png", "set/z.png"]
            .iter()
            .enumerate()
        {
            let path = place.path(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            let picture = RgbImage::from_fn(40, 36, |x, y| {
                image::Rgb([50 * index as u8, (x * 6) as u8, (y * 7) as u8])
            });
            picture.save(path).expect("a picture");
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn relume(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
        command
            .args(arguments)
            .current_dir(&self.0)
            .output()
            .expect("the program starts")
    }

    fn explain(&self, more: &[&str]) -> Output {
        self.relume(&[&["explain", "m.safetensors"], more].concat())
    }

    /// The lines of a table without their seconds, which differ from call to call.
    fn table(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path(name)).expect("a table");
        let cell = |line: &str| {
            let cells: Vec<_> = line.split(',').collect();
            let place = cells.len() - 3;
            [&cells[..place], &cells[place + 1..]].concat().join(",")
        };
        text.lines().map(cell).collect()
    }

    /// The files in a folder, with those in its folders.
    fn files(&self, folder: &str) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.path(folder)).expect("a folder") {
            let name = format!("{folder}/{}", entry.expect("an entry").file_name().to_string_lossy());
            match self.path(&name).is_dir() {
                true => found.extend(self.files(&name)),
                false => found.push(name),
            }
        }
        found.sort();
        found
    }
}

fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn refused(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && !said.contains("panicked"), "{said}");
    said
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

const MAPS: [&str; 4] = [
    "maps/a.png.png",
    "maps/b/a.png.png",
    "maps/b/c, d.png.png",
    "maps/z.png.png",
];

#[test]
fn each_map_is_the_one_that_a_call_of_its_own_draws() {
    let place = Place::new();
    let drawing = ["--target", "conv4:7", "--fold", "max", "--over"];
    let said = succeeds(&place.explain(&[&["set", "--out", "maps"], &drawing[..]].concat()));
    assert!(said.contains("maps/summary.csv: 4 pictures"), "{said}");
    assert_eq!(
        place.files("maps"),
        [&MAPS[..3], &["maps/summary.csv"], &MAPS[3..]].concat()
    );
    for (picture, map) in ["set/a.png", "set/b/a.png", "set/b/c, d.png", "set/z.png"]
        .iter()
        .zip(MAPS)
    {
        let own = succeeds(&place.explain(&[&[*picture, "--out", "own.png", "--json"], &drawing[..]].concat()));
        assert!(
            fs::read(place.path(map)).ok() == fs::read(place.path("own.png")).ok(),
            "{map}"
        );
        let own: Value = serde_json::from_str(&own).expect("JSON");
        let line = &lines(&succeeds(
            &place.explain(&[&[*picture, "--json", "--shard", "1/1"], &drawing[..]].concat()),
        ))[0];
        assert_eq!(line["picture"], *picture);
        assert_eq!(line["value"], own["target"]["value"]);
        for key in ["index", "label", "probability"] {
            assert_eq!(line[key], own["top"][0][key], "{key}");
        }
        let (at, target) = (&own["target"]["at"], line["target"].as_str());
        assert_eq!(target, Some(&*format!("conv4:7@{},{}", at[0], at[1])));
        assert!(line["seconds"].is_number() && line["map"].is_null());
    }
    let table = place.table("maps/summary.csv");
    assert_eq!(table[0], "picture,index,label,probability,target,value,warning,error");
    assert!(table[3].starts_with("\"set/b/c, d.png\","), "{table:?}");
    assert_eq!(table.len(), 5);
}

#[test]
fn a_bad_picture_is_reported_and_the_rest_goes_on() {
    let place = Place::new();
    fs::write(place.path("set/b/bad.jpg"), "not a picture").expect("a file");
    fs::write(place.path("set/Thumbs.db"), "x").expect("a file");
    fs::write(place.path("set/empty.png"), "").expect("a file");
    let said = refused(&place.explain(&["set", "--out", "maps"]));
    assert!(
        said.contains("relume: skipped 2 files: 1 of the system (Thumbs.db), 1 empty (empty.png)"),
        "{said}"
    );
    assert!(
        said.contains("relume: set/b/bad.jpg: cannot be decoded as a picture"),
        "{said}"
    );
    assert!(
        said.contains("1 of 5 pictures failed; maps/summary.csv says which and why"),
        "{said}"
    );
    assert_eq!(place.files("maps").len(), 5);
    let table = place.table("maps/summary.csv");
    assert!(
        table[3].starts_with("set/b/bad.jpg,") && table[3].contains("[invalid-picture]"),
        "{table:?}"
    );

    // A picture that was named and is not there is one that failed.
    let output = place.explain(&["set/z.png", "set/absent.png", "--json"]);
    assert!(refused(&output).contains("1 of 2 pictures failed; their lines say which and why"));
    let lines = lines(&String::from_utf8_lossy(&output.stdout));
    assert_eq!((lines.len(), &lines[0]["code"]), (2, &Value::from("unreadable")));
    assert!(
        lines[0]["error"]
            .as_str()
            .is_some_and(|error| error.contains("cannot be read"))
    );
    assert_eq!(lines[1]["picture"], "set/z.png");
}

#[test]
fn parts_write_into_one_folder_what_one_call_writes() {
    let place = Place::new();
    succeeds(&place.explain(&["set", "--out", "maps"]));
    let mut table = place.table("maps/summary.csv")[..1].to_vec();
    for shard in ["1/3", "2/3", "3/3"] {
        succeeds(&place.explain(&["set", "--out", "parts", "--shard", shard]));
        table.extend(place.table(&format!("parts/summary-{}.csv", shard.replace('/', "-of-")))[1..].to_vec());
    }
    assert_eq!(table, place.table("maps/summary.csv"));
    for map in MAPS {
        let part = map.replacen("maps", "parts", 1);
        assert!(
            fs::read(place.path(map)).ok() == fs::read(place.path(&part)).ok(),
            "{map}"
        );
    }
    // More parts than pictures.
    assert_eq!(succeeds(&place.explain(&["set", "--json", "--shard", "1/9"])), "");
}

#[test]
fn what_cannot_be_done_is_said_before_time_is_spent() {
    let place = Place::new();
    fs::create_dir(place.path("nothing")).expect("a folder");
    let cases: [(&[&str], &str); 9] = [
        (&["set"], "with --out, or print lines with --json"),
        (&["set", "--out", "m.safetensors"], "is not a folder"),
        (&["set", "--out", "maps.png"], "is named as one map"),
        (&["set", "--out", "maps", "--raw", "raw"], "--raw takes"),
        (&["set", "--out", "set/maps"], "would be taken for pictures"),
        (&["set", "--out", "maps", "--target", "class:10"], "[invalid-target]"),
        (&["set", "--out", "maps", "--clip", "1"], "[invalid-option]"),
        (&["nothing", "--out", "maps"], "holds no pictures"),
        (&["set", "--tensor", "x"], "cannot be used with"),
    ];
    for (arguments, said) in cases {
        let message = refused(&place.explain(arguments));
        assert!(message.contains(said), "{arguments:?}: {message}");
        assert!(
            !place.path("maps").exists() && !place.path("set/maps").exists(),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_call_quietly() {
    let place = Place::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_relume"))
        .args(["explain", "m.safetensors", "set", "--json"])
        .current_dir(&place.0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // Closed before anything is read.
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
