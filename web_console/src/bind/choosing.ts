// One of a list in a drawer: which one is open, and the newest of it after a change.
import { computed, ref, type Ref } from 'vue'

export function useChosen<T>(rows: Readonly<Ref<readonly T[]>>, keyOf: (row: T) => string) {
  const key = ref<string | null>(null)
  const chosen = computed(() => rows.value.find((row) => keyOf(row) === key.value) ?? null)
  return { key, chosen, choose: (row: T) => (key.value = keyOf(row)), close: () => (key.value = null) }
}
