// How the pages' scripts and styles are laid out.
export default {
  printWidth: 100, // as all code here
  singleQuote: true, // texts hold double quotes more often
  bracketSpacing: false, // {a} is one word
  arrowParens: 'avoid', // one parameter needs none
  // In HTM a line break between elements is no space, as it is one in HTML: it would lay
  // out a template as if it were.
  embeddedLanguageFormatting: 'off',
};
