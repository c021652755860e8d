// The console's two languages: Chinese is the source, its keys are types, English must have every one of them.
import { createI18n } from 'vue-i18n'
import en from './en.json'
import zh from './zh.json'

type Leaves<T> = { [K in keyof T & string]: T[K] extends string ? K : `${K}.${Leaves<T[K]>}` }[keyof T & string]

export type TextKey = Leaves<typeof zh>
export type Language = 'zh' | 'en'
export type TextArguments = Record<string, string | number>

// A missing or surplus English key fails the type check here.
const english: typeof zh = en
const chinese: typeof en = zh

export const i18n = createI18n({
  legacy: false,
  locale: 'zh',
  fallbackLocale: 'zh',
  messages: { zh: chinese, en: english },
})

export function text(key: TextKey, args: TextArguments = {}): string {
  return i18n.global.t(key, args)
}

export function setLanguage(language: Language): void {
  i18n.global.locale.value = language
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
}

export function language(): Language {
  return i18n.global.locale.value
}
