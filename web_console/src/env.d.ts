// What the build and the light player add to the language.
/// <reference types="vite/client" />
declare module 'hls.js/light' {
  export * from 'hls.js'
  export { default } from 'hls.js'
}
