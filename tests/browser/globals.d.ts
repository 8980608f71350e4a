/** What pages/bare.js offers to the tests, inside `page.evaluate`. */
declare var bare: typeof import('./pages/bare.js').bare;

