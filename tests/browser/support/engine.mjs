// Which browser is driven: Chromium, or with RELUME_BROWSER=firefox the system's own Firefox, by WebDriver BiDi.

import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { chromium, firefox } from 'playwright-core';

/** @typedef {import('playwright-core').Browser} Browser */
/** @typedef {import('playwright-core').BrowserContext} BrowserContext */

export const engine = named(process.env.RELUME_BROWSER || 'chromium');

/** @param {string} asked @returns {'chromium' | 'firefox'} */
function named(asked) {
  if (asked === 'chromium' || asked === 'firefox') return asked;
  throw new Error(`RELUME_BROWSER is chromium (if unset) or firefox, not ${asked}`);
}

/** What tests need and not every browser has, with the reason to skip them. */
const LACKS = {
  'layout-shift': { engine: 'firefox', reason: 'Firefox does not measure layout shifts' },
  touch: { engine: 'firefox', reason: 'by WebDriver BiDi a tap reaches no page in Firefox: no event of any kind comes' },
};

/**
 * For the `skip` of a test.
 * @param {keyof typeof LACKS} what
 * @returns {string | false}
 */
export function lacks(what) {
  return LACKS[what].engine === engine && LACKS[what].reason;
}

/**
 * Browsers as they are asked for: Chromium shows pages in light and dark side by side, a Firefox is one or the other.
 * @param {number} [cameras] how many cameras a Chromium has; Firefox has none
 * @param {boolean} [backForwardCache] whether Chromium keeps a page that is left, frozen, for whoever comes back; Firefox always does
 */
export function launcher(cameras = 1, backForwardCache = false) {
  /** @type {Map<string, Promise<Browser>>} */
  const launched = new Map();
  return {
    /** @param {'light' | 'dark'} [scheme] @returns {Promise<Browser>} */
    browser(scheme = 'light') {
      const key = engine === 'firefox' ? scheme : 'both';
      const browser = launched.get(key) ?? (engine === 'firefox' ? launchFirefox(scheme) : launchChromium(cameras, backForwardCache));
      launched.set(key, browser);
      return browser;
    },

    async close() {
      for (const browser of launched.values()) await browser.then((started) => started.close());
    },
  };
}

const FLAGS = [
  '--disable-background-networking', // nothing but what the page asks for goes over the network
  '--disable-component-update',
  '--disable-dev-shm-usage', // containers have little shared memory
  '--disable-gpu',
  '--disable-sync',
  '--no-default-browser-check',
  '--no-first-run',
];

/** @param {number} cameras @param {boolean} backForwardCache */
function launchChromium(cameras, backForwardCache) {
  return chromium.launch({
    executablePath: fileURLToPath(new URL('chromium.sh', import.meta.url)),
    chromiumSandbox: false, // it does not work as root
    // Playwright's, which waits for a load that does not come where a page is thawed.
    ...(backForwardCache && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
    // They film a moving test picture; who may use them is still asked.
    args: [...FLAGS, `--use-fake-device-for-media-stream=device-count=${cameras},fps=60`],
  });
}

/** @param {'light' | 'dark'} scheme */
function launchFirefox(scheme) {
  return firefox.launch({
    channel: 'moz-firefox', // Mozilla's, not the one that Playwright patches
    executablePath: process.env.FIREFOX || '/usr/bin/firefox',
    // It refuses to run as root in a home of someone else's, which is what build machines give it.
    env: { ...process.env, HOME: userInfo().homedir },
    firefoxUserPrefs: {
      'layout.css.prefers-color-scheme.content-override': scheme === 'dark' ? 0 : 1,
      'ui.useOverlayScrollbars': 1, // the page has the whole width, as on a phone and in a headless Chromium
    },
  });
}

/**
 * Failed requests, which Chromium reports on its console. From Firefox's console only the lines of scripts arrive.
 * @param {BrowserContext} context
 * @param {(trouble: string) => void} report
 */
export function watchRequests(context, report) {
  if (engine === 'chromium') return;
  context.on('response', (response) => {
    if (response.status() >= 400) report(`network: ${response.status()} (${response.url()})`);
  });
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // The page itself aborted it, which is not a failure.
    if (reason !== 'NS_BINDING_ABORTED') report(`network: ${reason} (${request.url()})`);
  });
}
