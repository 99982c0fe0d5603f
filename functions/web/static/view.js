// How the console is drawn: Preact, with HTM for its markup.
//
// In HTM a line break between elements is no space: ${' '} stands for one that is meant.

import htm from './vendor/htm.js';
import {h} from './vendor/preact.js';

export {render} from './vendor/preact.js';
export {useCallback, useEffect, useLayoutEffect, useRef, useState} from './vendor/hooks.js';

export const html = htm.bind(h);
