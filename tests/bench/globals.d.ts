/** What bench.js offers to run.mjs, inside `page.evaluate`. */
declare var bench: typeof import('./bench.js').bench;
