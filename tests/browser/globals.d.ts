/** What pages/bare.js offers to the tests, inside `page.evaluate`. */
declare var bare: typeof import('./pages/bare.js').bare;

/** What pages/pool.js offers, once it is imported. */
declare var pool: typeof import('./pages/pool.js').pool;
