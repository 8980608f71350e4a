/**
 * What scripts/offline.mjs writes above sw.js: the files of one version of the site, by their path from its root, each
 * with its hash as in the attribute `integrity`. `first` is fetched with the page, `later` when first asked for.
 */
declare const SITE: { version: string, first: Record<string, string>, later: Record<string, string> };
