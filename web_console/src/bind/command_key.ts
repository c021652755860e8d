// The key of a command: the same while the same command is sent again, so that a lost answer does not do it twice.
import { shallowRef } from 'vue'

const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('')

export function useCommandKey() {
  const open = shallowRef<{ readonly command: string; readonly key: string } | null>(null)

  /** Run a command under its key; once it is done, the next one has another. */
  async function under<T>(command: unknown, send: (key: string) => Promise<T>): Promise<T> {
    const words = JSON.stringify(command)
    if (open.value?.command !== words) open.value = { command: words, key: newKey() }
    const answer = await send(open.value.key)
    open.value = null
    return answer
  }

  return { under }
}
