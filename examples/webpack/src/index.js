import { Relume } from 'relume';

const picture = document.querySelector('img');
picture.src = new URL('../picture.jpg', import.meta.url).href;

const relume = await Relume.start();
const model = await relume.load(new URL('../model.safetensors', import.meta.url));
const trace = await model.forward(picture);
const [likeliest] = await trace.top(1);
const map = await trace.explain({ method: 'guided', target: 'top' });

await map.draw(document.querySelector('canvas'), { fold: 'rgb' });
document.querySelector('output').textContent = `${likeliest.label}, ${(100 * likeliest.probability).toFixed(1)} %`;
Object.assign(globalThis, { map }); // to look at in the console
