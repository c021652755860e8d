// The rules of the console's rooms: who may talk to the server, and what the core may not know.
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

const serverOnlyThroughApi = ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource'].map((name) => ({
  name,
  message: 'Only src/api talks to the server.',
}))

const outsideWorld = [
  'window', 'document', 'navigator', 'localStorage', 'sessionStorage', 'location', 'performance', 'setTimeout',
  'setInterval', 'clearTimeout', 'clearInterval', 'requestAnimationFrame', 'RTCPeerConnection', 'MediaStream', 'crypto',
].map((name) => ({ name, message: 'src/core knows no browser: take it as an argument.' }))

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/api/schema.d.ts'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      'vue/multi-word-component-names': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': ['error', { html: { void: 'always', normal: 'always', component: 'always' } }],
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/attributes-order': 'off',
      'vue/require-default-prop': 'off',
      'vue/no-v-html': 'error',
      // A style attribute in the page's source breaks `style-src 'self'`; bound styles go through the CSSOM.
      'vue/no-static-inline-styles': ['error', { allowBinding: true }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/define-macros-order': 'error',
    },
  },
  {
    files: ['src/**/*.{ts,vue}'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-lines': ['error', { max: 300 }],
      'no-console': 'error',
      'no-undef': 'off',
      eqeqeq: 'error',
      'prefer-const': 'error',
    },
  },
  { files: ['src/**/*.{ts,vue}'], ignores: ['src/api/**'], rules: { 'no-restricted-globals': ['error', ...serverOnlyThroughApi] } },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...serverOnlyThroughApi, ...outsideWorld],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Time is an argument.' },
        { object: 'Math', property: 'random', message: 'Chance is an argument.' },
      ],
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['vue', 'vue-*', 'pinia', 'element-plus', 'hls.js', '@/*', '../*'], message: 'src/core stands alone.' }] },
      ],
    },
  },
  { files: ['src/**/*.test.ts'], rules: { '@typescript-eslint/no-non-null-assertion': 'off', 'no-restricted-imports': 'off' } },
)
