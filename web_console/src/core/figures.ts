// Numbers as people read them on a badge: short, of steady width, in units that need no translation.

export function bitrateText(kbps: number): string {
  if (kbps >= 999.5) return `${(kbps / 1000).toFixed(kbps >= 9_995 ? 0 : 1)} Mbps`
  return `${Math.round(kbps)} kbps`
}

export function lossText(loss: number): string {
  const percent = loss * 100
  if (percent === 0) return '0%'
  return percent < 9.95 ? `${Math.max(0.1, percent).toFixed(1)}%` : `${Math.round(percent)}%`
}

export function delayText(ms: number): string {
  return ms < 9_950 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(0)} s`
}

export function sizeText(width: number, height: number): string {
  return width > 0 && height > 0 ? `${width}×${height}` : '—'
}

export function bytesText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** 75 → `01:15`, 3675 → `1:01:15`. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (value: number) => String(value).padStart(2, '0')
  const hours = Math.floor(whole / 3600)
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`
  return hours > 0 ? `${hours}:${rest}` : rest
}

export type AgeUnit = 'second' | 'minute' | 'hour' | 'day'

/** An age in the one unit that matters; the text around it is the translator's. */
export function ageOf(ms: number): { readonly count: number; readonly unit: AgeUnit } {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return { count: seconds, unit: 'second' }
  if (seconds < 3_600) return { count: Math.floor(seconds / 60), unit: 'minute' }
  if (seconds < 86_400) return { count: Math.floor(seconds / 3_600), unit: 'hour' }
  return { count: Math.floor(seconds / 86_400), unit: 'day' }
}
