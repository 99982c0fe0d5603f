const shownFor = 7_000; // milliseconds

/** Says something at the bottom of the page, for a while. It is read out. */
export function say(text) {
  const line = document.createElement('p');
  line.textContent = text;
  document.getElementById('toasts').append(line);
  setTimeout(() => line.remove(), shownFor);
}
