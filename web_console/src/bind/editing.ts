// An entry is changed from the version that was read; when somebody else was quicker, both stay to choose from.
import { computed, shallowRef } from 'vue'
import { useDoing } from './doing'

export function useEditing<T>(fresh: (was: T) => Promise<T | null>, fill: (entry: T | null) => void) {
  const doing = useDoing()
  /** What the change is made from; null for a new entry. */
  const base = shallowRef<T | null>(null)
  const conflict = computed(() => ['if_match_outdated', 'person_stale'].includes(doing.refusal.value?.code ?? ''))

  function begin(entry: T | null): void {
    base.value = entry
    doing.clear()
    fill(entry)
  }

  async function newest(): Promise<T | null> {
    const was = base.value
    return was === null ? null : fresh(was)
  }

  /** Go on from what the other one left. */
  async function takeTheirs(): Promise<void> {
    await doing.attempt(async () => begin(await newest()))
  }

  /** Keep what is typed here, over what the other one left. */
  async function keepMine(): Promise<void> {
    await doing.attempt(async () => (base.value = await newest()))
  }

  return { ...doing, base, conflict, begin, takeTheirs, keepMine }
}
