// What docs/embedding.md says an author can do, done: the two examples, the element by both bundlers, the tables.

import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser } from '../browser/support/browser.mjs';
import { ALL_CNN_C, ROOT } from '../browser/support/fixtures.mjs';
import { pack, run } from './support/install.mjs';
import { site } from './support/site.mjs';
import { visit } from './support/visit.mjs';

/** @typedef {import('../../pkg/element/relume-view.js').RelumeView} RelumeView */

const timeout = 120_000;
const DOCUMENT = `${ROOT}docs/embedding.md`;

/** @type {Awaited<ReturnType<typeof pack>>} */
let packed;
/** @type {string} */
let words;
before(
  async () => {
    [packed, words] = await Promise.all([pack(), readFile(DOCUMENT, 'utf8')]);
  },
  { timeout },
);
after(() => packed?.remove());

/** The rows of the table below a heading, up to the next heading. @param {string} heading */
function names(heading) {
  const [, part = ''] = words.split(`\n${heading}\n`);
  const [table = ''] = part.split(/\n#+ /);
  return [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name = '']) => name);
}

/** The examples in a language. @param {string} language */
function examples(language) {
  return [...words.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)\\n\`\`\`$`, 'gms'))].map(([, text = '']) => text);
}

/** What the figures of a page have come to, in the order they stand in. @param {ReturnType<typeof site>} serving */
async function figures(serving) {
  const browser = await openBrowser(serving);
  try {
    const { page, troubles } = await browser.open('/');
    await page
      .waitForFunction(
        () =>
          [...document.querySelectorAll('relume-view')].every(
            (view) => Object.keys(/** @type {RelumeView} */ (view).maps ?? {}).length > 0,
          ),
        undefined,
        { timeout: 60_000 },
      )
      .catch((error) => {
        throw new Error(`not every figure was there: ${troubles.join('; ') || error}`);
      });
    const found = await page.evaluate(() =>
      [...document.querySelectorAll('relume-view')].map((element) => {
        const { maps, top, shadowRoot } = /** @type {RelumeView} */ (element);
        return {
          answer: top[0]?.label,
          maps: Object.keys(maps),
          layer: maps.guided?.target.layer,
          canvases: shadowRoot?.querySelectorAll('canvas').length,
        };
      }),
    );
    assert.deepEqual(troubles, []);
    return found;
  } finally {
    await browser.close();
  }
}

const SHOWN = [
  { answer: 'cat', maps: ['backprop', 'deconvnet', 'guided'], layer: 'global_pool', canvases: 4 },
  { answer: 'cat', maps: ['guided'], layer: 'relu6', canvases: 2 },
];

test('examples/embed-element, installed from the tarball', { timeout }, async () => {
  assert.deepEqual(await figures(site(await packed.example('embed-element'))), SHOWN);
});

test('examples/embed-iframe: a frame needs no header, a sandboxed one does', { timeout }, async () => {
  const project = await packed.install('embed-iframe');
  await cp(`${ROOT}examples/embed-iframe`, project, { recursive: true });
  for (const part of ['www', 'pkg']) await cp(ROOT + part, join(project, 'relume', part), { recursive: true });
  const browser = await openBrowser(site(project));
  try {
    const { page, troubles } = await browser.open('/');
    const free = page.frameLocator('iframe:not([sandbox])');
    await free.locator('relume-view figcaption', { hasText: 'says “horse”' }).waitFor({ timeout: 60_000 });
    assert.equal(await free.locator('relume-view canvas:not([hidden])').count(), 3);
    // With the header it works: tests/browser/element.test.mjs.
    const sandboxed = page.frameLocator('iframe[sandbox]');
    await sandboxed.getByText('Open in relume').waitFor();
    assert.equal(await sandboxed.locator('relume-view').count(), 0);
    assert.ok(troubles.length > 0 && troubles.every((trouble) => /embed\.js/.test(trouble)), troubles.join('; '));
  } finally {
    await browser.close();
  }
});

const PAGE = '<relume-view model="/model.safetensors" src="/picture.jpg" methods="backprop deconvnet guided"></relume-view>';
const BUNDLERS = /** @type {const} */ ({
  vite: { command: ['vite', 'build', '--logLevel', 'error'], script: '/src/index.js', root: 'dist', assets: 'public' },
  webpack: { command: ['webpack', '--mode', 'production'], script: 'dist/main.js', root: '.', assets: '.' },
});
for (const [
  bundler,
  {
    command: [command, ...args],
    script,
    root,
    assets,
  },
] of Object.entries(BUNDLERS)) {
  test(`import 'relume/view' by ${bundler}`, { timeout }, async () => {
    const project = await packed.install(`view-${bundler}`, {
      'index.html': `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>${PAGE}`,
      'src/index.js': "import 'relume/view';",
    });
    await cp(ROOT + ALL_CNN_C, join(project, assets, 'model.safetensors'));
    await cp(`${ROOT}www/pictures/cifar10/cat-0000.jpg`, join(project, assets, 'picture.jpg'));
    await run(project, command, ...args);
    assert.deepEqual(await figures(site(join(project, root))), SHOWN.slice(0, 1));
  });
}

test('the tables name what the element and the frame take, and all of it', { timeout }, async () => {
  const folder = await packed.install('names', {
    'index.html': '<!doctype html><link rel="icon" href="data:,"><script type="module" src="main.js"></script>',
    'main.js': "import { RelumeView } from './node_modules/relume/view.js'; globalThis.observed = RelumeView.observedAttributes;",
  });
  const { found } = await visit(site(folder), 'observed', () => /** @type {string[]} */ (Reflect.get(globalThis, 'observed')));
  assert.deepEqual(names('### Attributes').sort(), [...new Set([...found, 'src', 'alt'])].sort());
  const style = await readFile(`${ROOT}pkg/element/style.js`, 'utf8');
  assert.deepEqual(
    names('### What is inside')
      .filter((name) => name.startsWith('--'))
      .sort(),
    [...new Set([...style.matchAll(/var\((--relume-[a-z]+)/g)].map(([, name = '']) => name))].sort(),
  );
});

test('the HTML of the document is well formed: the browser reads it as it is written', { timeout }, async () => {
  const html = [...examples('html'), ...examples('\\{=html\\}')];
  assert.ok(html.length >= 5, `${html.length} examples found`);
  const folder = await packed.install('parses', {
    'index.html': '<!doctype html><link rel="icon" href="data:,"><script>globalThis.done = true;</script>',
  });
  const browser = await openBrowser(site(folder));
  try {
    const { page } = await browser.open('/');
    const observed = [...names('### Attributes'), 'id'];
    for (const example of html) {
      const { tags, attributes, left } = await page.evaluate((text) => {
        const parsed = new DOMParser().parseFromString(text, 'text/html');
        const all = [...parsed.querySelectorAll('*')];
        // What was opened and not closed, or closed and not opened, makes another number of tags.
        const closes = (/** @type {string} */ name) => text.match(new RegExp(`</${name}>`, 'g'))?.length ?? 0;
        const left = ['relume-view', 'iframe', 'script', 'span', 'section', 'html', 'head', 'body', 'title'].filter(
          (name) =>
            closes(name) !== (text.match(new RegExp(`<${name}[\\s>]`, 'g'))?.length ?? 0) ||
            (closes(name) > 0 && closes(name) !== parsed.querySelectorAll(name).length),
        );
        const views = [...parsed.querySelectorAll('relume-view')];
        return { tags: all.map(({ localName }) => localName), attributes: views.flatMap((view) => view.getAttributeNames()), left };
      }, example);
      assert.deepEqual(left, [], example);
      assert.ok(
        tags.some((tag) => tag === 'relume-view' || tag === 'iframe'),
        example,
      );
      assert.deepEqual(
        attributes.filter((name) => !observed.includes(name)),
        [],
        example,
      );
    }
  } finally {
    await browser.close();
  }
});
