// What this operator chose on this machine: theme, language, the shape of the wall. Kept by the browser.
import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import { speak } from '@/api/client'
import { gridSizes, type GridSize } from '@/core/grid'
import { setLanguage, type Language } from '@/text/text'

const PLACE = 'dispatch.preferences'

interface Kept {
  theme: 'dark' | 'light'
  language: Language
  gridSize: GridSize
  sideOpen: boolean
}

function read(): Kept {
  const standard: Kept = { theme: 'dark', language: 'zh', gridSize: 4, sideOpen: true }
  try {
    const kept = { ...standard, ...(JSON.parse(localStorage.getItem(PLACE) ?? '{}') as Partial<Kept>) }
    return {
      theme: kept.theme === 'light' ? 'light' : 'dark',
      language: kept.language === 'en' ? 'en' : 'zh',
      gridSize: gridSizes.includes(kept.gridSize) ? kept.gridSize : 4,
      sideOpen: kept.sideOpen !== false,
    }
  } catch {
    return standard // storage is blocked or was written by something else
  }
}

export const usePreferences = defineStore('preferences', () => {
  const kept = read()
  const theme = ref(kept.theme)
  const language = ref(kept.language)
  const gridSize = ref(kept.gridSize)
  const sideOpen = ref(kept.sideOpen)

  watch(
    [theme, language, gridSize, sideOpen],
    () => {
      document.documentElement.dataset['theme'] = theme.value
      setLanguage(language.value)
      speak(language.value)
      const now: Kept = { theme: theme.value, language: language.value, gridSize: gridSize.value, sideOpen: sideOpen.value }
      try {
        localStorage.setItem(PLACE, JSON.stringify(now))
      } catch {
        // Without storage the choice lasts as long as the page.
      }
    },
    { immediate: true },
  )

  return { theme, language, gridSize, sideOpen }
})
