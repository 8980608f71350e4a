// Chooses the page's language before anything is drawn: that of `?lang=` in the address, else the browser's, else English. This
// script is not a module, because a module would run too late: English would be seen first.
{
  const root = document.documentElement;
  const offered = (document.currentScript?.dataset['languages'] ?? '').split(' ');
  // In the address of a frame all words may stand behind the #, too.
  const frame =
    document.currentScript?.dataset['frame'] === undefined ? undefined : new URLSearchParams(location.hash.slice(1)).get('lang');
  const wanted = [frame ?? new URLSearchParams(location.search).get('lang') ?? '', ...navigator.languages];
  const found = wanted.map((tag) => tag.toLowerCase().split('-')[0] ?? '').find((code) => offered.includes(code)) ?? 'en';
  // From the disk nothing can be fetched, and the page says so in English.
  const code = location.protocol === 'file:' ? 'en' : found;
  root.dataset['language'] = code;
  if (code !== 'en') {
    root.dataset['translating'] = 'true';
    const link = document.createElement('link');
    Object.assign(link, { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous', href: `languages/${code}.json` });
    document.head.append(link);
  }
}
