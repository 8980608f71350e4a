// Opened by a double click, from the disk: there browsers load no modules, so the page would wait for ever. This script is not
// a module, and says so at once. (The one HTML file that the page saves has nothing to load, and does open from the disk.)

addEventListener('DOMContentLoaded', () => {
  // A browser may be set to load modules from the disk all the same.
  if (location.protocol !== 'file:' || document.documentElement.dataset['running']) return;
  const find = (/** @type {string} */ id) => document.getElementById(id) ?? document.createElement('p');
  find('opened-as-file').hidden = false;
  for (const id of ['opening', 'picture-figure']) find(id).dataset['state'] = 'failed';
  find('status').dataset['kind'] = 'error';
  find('progress').dataset['idle'] = 'true';
  for (const id of [
    'opening-line',
    'scheme-line',
    'signal-line',
    'rule-status',
    'status-text',
    'target-line',
    'unit-line',
    'patch-line',
    'pooling-line',
  ]) {
    find(id).textContent = 'Nothing can be computed: the page was opened as a file.';
  }
});
