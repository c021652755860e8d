// What the build adds to the language.
/// <reference types="vite/client" />
