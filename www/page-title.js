// The title of the page, by which tabs and entries of the history are told apart.

import { t } from './translate.js';

/** What comes first is still seen in a narrow tab. @param {{ picture: string, class: string, network: string }} shown */
export function pageTitle({ picture, class: label, network }) {
  return t('{picture}: {class}, {network} – relume', { picture, class: label, network });
}
