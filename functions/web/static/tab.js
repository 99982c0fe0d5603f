/** What this tab remembers across pages and reloads. Where a browser refuses, nothing. */
export const tab = {
  get(name) {
    try {
      return JSON.parse(sessionStorage.getItem(name));
    } catch {
      return null;
    }
  },
  set(name, value) {
    try {
      sessionStorage.setItem(name, JSON.stringify(value));
    } catch {
      // The page works without.
    }
  },
};
