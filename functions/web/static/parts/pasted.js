// What people and mail programs make of a link and of a code.

// A user's id and 256 bits in base64url: what stands around it is none of it.
const whole = /[a-z2-7]{26}\.[\w-]{43}/;

/**
 * The token in a text that is, or holds, a link; "" for none. The # may have been escaped,
 * also twice, and anything may follow.
 */
export function tokenIn(text) {
  const plain = text.replace(/%(25)*23/g, '#').replace(/%(25)*2e/gi, '.');
  const behind = plain.slice(plain.indexOf('#') + 1 || plain.length);
  const found = whole.exec(plain) ?? /[\w-]+(\.[\w-]+)?/.exec(behind);
  return found?.[0] ?? '';
}

/** The code that a text is, as it may be typed; "" for none. The API reads it likewise. */
export function codeIn(text) {
  const shown = text.normalize('NFKC').replace(/[\s\p{Pd}\p{Cf}\u2212\u30fc]/gu, '');
  const code = shown.replace(/[.\u3002]+$/, '');
  return /^[0-9A-Z]{8}$/i.test(code) ? code.toUpperCase() : '';
}
