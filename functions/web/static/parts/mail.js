// An email's HTML as a mail app shows it.

import {html, useEffect, useRef} from '../view.js';

/**
 * Draws the document in a frame in which nothing runs. The page's policy lets no style
 * stand in markup: what the email has of that is taken out of its text and given to the
 * frame's document as objects.
 */
export function Mail({source, title}) {
  const frame = useRef();
  useEffect(() => {
    const sheets = [];
    const bare = source
      .replace(/<style[^>]*>([^]*?)<\/style>/gi, (_, rules) => {
        sheets.push(rules);
        return '';
      })
      .replace(/<[a-z][^>]*>/gi, tag => tag.replace(/\sstyle=/i, ' data-style='));
    const parsed = new DOMParser().parseFromString(bare, 'text/html');
    for (const one of parsed.querySelectorAll('script, link, base, meta, iframe, object, form')) {
      one.remove();
    }
    // The link is a sample: it leads nowhere.
    for (const link of parsed.querySelectorAll('a')) link.removeAttribute('href');
    const {contentDocument: page, contentWindow: view} = frame.current;
    page.documentElement.lang = parsed.documentElement.lang;
    page.adoptedStyleSheets = sheets.map(rules => {
      const sheet = new view.CSSStyleSheet();
      sheet.replaceSync(rules);
      return sheet;
    });
    page.body.replaceWith(page.importNode(parsed.body, true));
    for (const one of page.querySelectorAll('[data-style]')) one.style.cssText = one.dataset.style;
    const fit = () => {
      if (!frame.current) return;
      frame.current.style.height = 0; // a document is never less high than its frame
      frame.current.style.height = `${page.documentElement.scrollHeight}px`;
    };
    fit();
    const watcher = new ResizeObserver(fit);
    watcher.observe(page.body);
    return () => watcher.disconnect();
  }, [source]);
  return html`
    <iframe ref=${frame} title=${title} sandbox="allow-same-origin" tabindex="0"></iframe>
  `;
}
