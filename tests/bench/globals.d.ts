/** What bench.js offers to run.mjs, inside `page.evaluate`. */
declare var bench: typeof import('./bench.js').bench;

/** What watch-load.js notes, for cold-load.mjs. */
declare var coldLoad: ReturnType<typeof import('./watch-load.js').watchLoad>;
