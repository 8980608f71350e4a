// Has the browser fetch the network that the page opens with as early as it can. It is most of what the page downloads, and
// main.js asks for it only when all of the page's modules are there and the lists of pictures too; until then the line
// would stand idle. The fetch by the package then takes what this one has brought, even where nothing may be cached.

import { make } from './dom.js';
import { EFFICIENTNET, SQUEEZENET, isKept, networkNamed } from './networks.js';
import { readState } from './permalink.js';

const { network: name, picture } = readState(location.hash);
// Where a picture is named but no network, the lists decide.
const network = networkNamed(name) ?? (picture === undefined && !isKept(name) ? SQUEEZENET : undefined);
// That one may be missing in this copy, which the page asks first.
if (network && network !== EFFICIENTNET) {
  document.head.append(make('link', { rel: 'preload', as: 'fetch', crossorigin: 'anonymous', href: network.url }));
}
