// Choose the small pictures of the page: of each class two that All-CNN-C gets right, and four that it gets wrong. Asks
// the command line for the network's answers, copies the pictures unchanged into www/pictures/cifar10/ and lists them in
// its gallery.json. `node scripts/gallery.mjs RELUME DATA`: a built `relume`, and CIFAR-10's pictures as
// DATA/test/CLASS/NNNN.jpg.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MODEL = 'www/models/all-cnn-c.safetensors';
const FOLDER = 'www/pictures/cifar10';
const SOURCE = 'Alex Krizhevsky, “Learning Multiple Layers of Features from Tiny Images”, 2009';
const RIGHT = 2;
const WRONG = 4;

/** @typedef {{ picture: string, class: string, answer: string }} Answer */
/** @typedef {{ model: string, classes: string[], accuracy: number, answers: Answer[] }} Evaluation */

/** @param {string} words @returns {never} */
function fail(words) {
  console.error(`gallery: ${words}`);
  process.exit(1);
}

/** @param {string} relume @param {string} data @returns {Evaluation} */
function evaluate(relume, data) {
  const { error, status, signal, stdout } = spawnSync(relume, ['evaluate', join(ROOT, MODEL), data, '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error) fail(`${relume} could not be run: ${error.message}`);
  if (status !== 0) fail(`${relume} evaluate ended with ${signal ?? `status ${status}`}; its reason is above`);
  try {
    const found = JSON.parse(stdout);
    if (Array.isArray(found?.classes) && Array.isArray(found.answers)) return found;
  } catch {
    // Said below.
  }
  return fail(`what ${relume} evaluate --json printed is not JSON with classes and answers`);
}

/**
 * @param {Evaluation} evaluation
 * @returns {Answer[]} the right ones class by class, then the wrong ones
 */
function choose({ classes, answers }) {
  const sorted = answers.toSorted((a, b) => (basename(a.picture) < basename(b.picture) ? -1 : 1));
  /** @param {string} name @param {boolean} wanted */
  const of = (name, wanted) => sorted.filter((each) => each.class === name && (each.answer === name) === wanted);

  const right = classes.map((name) => of(name, true).slice(0, RIGHT));
  const short = classes.filter((_, i) => (right[i]?.length ?? 0) < RIGHT);
  if (short.length > 0) {
    fail(`the network gets fewer than ${RIGHT} pictures right of ${short.join(', ')}: is ${MODEL} the trained one?`);
  }
  // The first of each class in turn; the second of each only where those were too few.
  const wrong = classes
    .flatMap((name) => of(name, false).map((answer, turn) => ({ answer, turn })))
    .sort((a, b) => a.turn - b.turn)
    .slice(0, WRONG)
    .map(({ answer }) => answer);
  if (wrong.length < WRONG) fail(`the network gets only ${wrong.length} pictures wrong; ${WRONG} are wanted`);
  return [...right.flat(), ...wrong];
}

const [relume, data] = process.argv.slice(2);
if (!relume || !data) fail('usage: node scripts/gallery.mjs RELUME DATA');
if (!existsSync(join(ROOT, MODEL))) fail(`${MODEL} is missing`);

const evaluation = evaluate(relume, data);
const chosen = choose(evaluation).map((answer) => ({
  ...answer,
  from: join(data, answer.picture),
  file: `${answer.class}-${basename(answer.picture)}`,
}));
for (const { from, picture } of chosen) {
  if (extname(from) !== '.jpg' || !existsSync(from)) fail(`${picture} is no JPEG file in ${data}`);
}

// Only now that nothing can be missing any more, what was there before goes.
const folder = join(ROOT, FOLDER);
mkdirSync(folder, { recursive: true });
const before = readdirSync(folder).filter((name) => extname(name) === '.jpg');
for (const name of before) rmSync(join(folder, name));
for (const { from, file } of chosen) copyFileSync(from, join(folder, file));
writeFileSync(
  join(folder, 'gallery.json'),
  `${JSON.stringify(
    { source: SOURCE, model: evaluation.model, pictures: chosen.map(({ file, class: name, answer }) => ({ file, class: name, answer })) },
    null,
    2,
  )}\n`,
);

const share = (100 * evaluation.accuracy).toFixed(2);
console.log(`gallery: ${evaluation.model} gets ${share} % of ${evaluation.answers.length} pictures right`);
console.log(`gallery: ${before.length} pictures of an earlier run removed from ${FOLDER}, ${chosen.length} copied there:`);
for (const { file, class: name, answer } of chosen) console.log(`  ${file}${answer === name ? '' : `, answered ${answer}`}`);
