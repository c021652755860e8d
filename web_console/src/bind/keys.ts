// Keys of a view: they rest while somebody types or a dialog is open.
import { onScopeDispose } from 'vue'

export type KeyPlan = Readonly<Record<string, (event: KeyboardEvent) => void>>

/** Keys by `event.key`, lower case; one without an entry stays with the browser. */
export function useKeys(plan: KeyPlan): void {
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    const target = event.target instanceof HTMLElement ? event.target : null
    if (target?.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="combobox"]')) return
    const key = event.key.toLowerCase()
    // A focused button answers Enter and Space itself.
    if ((key === 'enter' || key === ' ') && target?.closest('button, a, [role="button"]')) return
    const run = plan[key]
    if (!run) return
    event.preventDefault()
    run(event)
  }
  window.addEventListener('keydown', onKey)
  onScopeDispose(() => window.removeEventListener('keydown', onKey))
}
