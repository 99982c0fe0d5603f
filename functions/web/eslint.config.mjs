// The rules of the pages' scripts: few, and each for a reason.

const rules = {
  'no-undef': 'error', // a name that nobody declared fails late, when it is read
  'no-unused-vars': ['error', {ignoreRestSiblings: true}], // no dead code
  'prefer-const': 'error', // what doesn't change says so
  'no-var': 'error', // a name ends with its block
  'one-var': ['error', 'never'], // a line declares one thing
  eqeqeq: ['error', 'always', {null: 'ignore'}], // == null also finds undefined
  'no-shadow': ['error', {allow: ['name', 'path', 'error']}], // a name means one thing
  'no-nested-ternary': 'off', // a template has no other way to choose one of three
  complexity: ['error', 15], // a function has few ways through it
  // ... and is read in one go
  'max-lines-per-function': ['error', {max: 120, skipBlankLines: true, skipComments: true}],
  // As all code here: what a formatter can't break, a person can.
  'max-len': ['error', {code: 100}],
  'id-length': [
    'error',
    {exceptions: ['_', 'i', 'a', 'b', 'h', 'q', 'x', 'y'], properties: 'never'},
  ], // a name says what it is
  'no-restricted-syntax': [
    'error',
    {
      selector: "CallExpression[callee.name='useState']:not(VariableDeclarator > *)",
      message: 'Name the state and its setter: const [x, setX] = useState()',
    },
    {
      selector:
        "VariableDeclarator[init.callee.name='useState'] > ArrayPattern > " +
        'Identifier:nth-child(2):not([name=/^set[A-Z]/])',
      message: 'A setter is named after its state: const [x, setX] = useState()',
    },
  ],
};

const globalsOf = names => Object.fromEntries(names.split(' ').map(name => [name, 'readonly']));

const browser = globalsOf(
  'AbortSignal BroadcastChannel DOMParser Event FormData Intl ResizeObserver TextDecoder ' +
    'URL URLSearchParams XMLHttpRequest addEventListener clearInterval clearTimeout crypto ' +
    'dispatchEvent document fetch globalThis ' +
    'history location navigator removeEventListener requestAnimationFrame scrollTo ' +
    'sessionStorage setInterval setTimeout',
);
const node = globalsOf(
  'Buffer DOMException DataTransfer File Response URL clearTimeout console fetch process ' +
    'setTimeout',
);

export default [
  {ignores: ['inline/**', 'static/vendor/**', 'static/bundle/**']},
  {
    files: ['static/**/*.js'],
    languageOptions: {ecmaVersion: 2024, sourceType: 'module', globals: browser},
    rules,
  },
  {
    // The tests' scripts run in node, and send functions to a browser.
    files: ['**/*.mjs'],
    languageOptions: {
      ecmaVersion: 2024,
      sourceType: 'module',
      globals: {
        ...browser,
        ...node,
        window: 'readonly',
        innerWidth: 'readonly',
      },
    },
    rules: {
      ...rules,
      'max-lines-per-function': 'off',
      'id-length': 'off',
      'no-shadow': 'off',
      complexity: 'off',
    },
  },
];
