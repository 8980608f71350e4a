// The package as npm packs it, and installed outside of the checkout: without a network, as it depends on nothing.

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ALL_CNN_C, GALLERY, ROOT, gallery } from '../../browser/support/fixtures.mjs';

/** The checkout's own tools, such as vite and tsc, where a script of an installed project calls them by name. */
const env = { ...process.env, PATH: `${ROOT}node_modules/.bin${delimiter}${process.env.PATH}` };

/**
 * @param {string} folder where it runs
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<string>} what it printed; where it fails, it rejects with all it said
 */
export async function run(folder, command, ...args) {
  try {
    return (await promisify(execFile)(command, args, { cwd: folder, env, maxBuffer: 1 << 26 })).stdout;
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout: string, stderr: string }} */ (error);
    throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`);
  }
}

/** Packs the package: a copy of it, because packing writes into its folder, which other tests read meanwhile. */
export async function pack() {
  const folder = await mkdtemp(join(tmpdir(), 'relume-package-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const said = await (async () => {
    const checkout = join(folder, 'checkout');
    for (const part of ['pkg', 'LICENSE-MIT', 'LICENSE-APACHE']) await cp(ROOT + part, join(checkout, part), { recursive: true });
    return run(join(checkout, 'pkg'), 'npm', 'pack', '--silent', '--json', '--pack-destination', folder);
  })().catch(async (error) => {
    await remove();
    throw error;
  });
  const [packed] = JSON.parse(said);
  return {
    /** @type {string[]} */
    files: packed.files.map((/** @type {{ path: string }} */ { path }) => path).sort(),
    /** @type {number} bytes to download */
    size: packed.size,

    /**
     * A folder with the package installed.
     * @param {string} name of the folder
     * @param {Record<string, string>} [files] what else is in it, besides a package.json
     */
    async install(name, files = {}) {
      const project = join(folder, name);
      for (const [file, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
        await mkdir(dirname(join(project, file)), { recursive: true });
        await writeFile(join(project, file), text);
      }
      await this.installInto(project);
      return project;
    },

    /** A copy of one of examples/, the package installed, a model and a picture where its README wants them. @param {string} name */
    async example(name) {
      const project = join(folder, name);
      await cp(`${ROOT}examples/${name}`, project, { recursive: true });
      await cp(ROOT + ALL_CNN_C, join(project, 'model.safetensors'));
      await cp(ROOT + (await picture()), join(project, 'picture.jpg'));
      await this.installInto(project);
      return project;
    },

    /** @param {string} project */
    installInto(project) {
      return run(project, 'npm', 'install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', join(folder, packed.filename));
    },

    remove,
  };
}

/** A picture that All-CNN-C answers rightly. */
async function picture() {
  const { pictures } = await gallery();
  const cat = pictures.find((each) => each.class === 'cat' && each.answer === 'cat');
  if (cat === undefined) throw new Error('no cat in the gallery is taken for one');
  return `${GALLERY}/${cat.file}`;
}
