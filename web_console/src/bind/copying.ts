// Texts to the clipboard, files to the disk.
import { ref } from 'vue'

export function useCopying() {
  const copied = ref(false)

  async function copy(words: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(words)
      copied.value = true
      setTimeout(() => (copied.value = false), 2_000)
    } catch {
      copied.value = false // not allowed here: the text stands there to be selected
    }
  }

  return { copied, copy }
}

export function saveFile(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
