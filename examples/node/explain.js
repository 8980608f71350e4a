// node explain.js model.safetensors picture.ppm map.ppm

import { readFile, writeFile } from 'node:fs/promises';
import { open } from 'relume/low-level';
import { readPpm, writePpm } from './ppm.js';

const [modelFile, pictureFile, mapFile] = process.argv.slice(2);
const { rgba, width, height } = readPpm(await readFile(pictureFile));

const engine = await open();
const model = engine.load(await readFile(modelFile));
const trace = model.forwardPicture(rgba, width, height);
const map = trace.explain('guided', 'top');
console.log(`${model.info().classes[map.target.channel]}, score ${map.target.value.toFixed(2)}`);

const [, mapHeight, mapWidth] = map.shape;
await writeFile(mapFile, writePpm(engine.draw(map, { fold: 'rgb' }), mapWidth, mapHeight));
trace.free();
model.free();
