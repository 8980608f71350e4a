/** What page.js offers to run.mjs, inside `page.evaluate`. */
declare var peers: typeof import('./page.js').peers;
