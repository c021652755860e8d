// The register of terminals while somebody looks at it; the filter lives in the address.
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { fetchDevices } from '@/api/devices'
import { countOf, deviceStates, found, grouped, type Device, type DeviceFilter, type DeviceState } from '@/core/devices'
import { useLoading } from './loading'
import { usePolling } from './polling'

const EVERY_MS = 5_000

export function useDeviceList() {
  const route = useRoute()
  const router = useRouter()
  const { value: devices, loading, loaded, failure, load } = useLoading<readonly Device[]>(fetchDevices, [])

  const filter = computed<DeviceFilter>(() => {
    const { words, department, state, troubled } = route.query
    return {
      words: typeof words === 'string' ? words : '',
      department: typeof department === 'string' ? department : '',
      state: deviceStates.find((one) => one === state) ?? ('' as DeviceState | ''),
      troubled: troubled === '1',
    }
  })

  function narrow(change: Partial<DeviceFilter>): void {
    const { words, department, state, troubled } = { ...filter.value, ...change }
    void router.replace({ query: { ...(words && { words }), ...(department && { department }), ...(state && { state }), ...(troubled && { troubled: '1' }) } })
  }

  usePolling(() => load(loaded.value), () => EVERY_MS)

  return { devices, groups: computed(() => grouped(found(devices.value, filter.value))), count: computed(() => countOf(devices.value)), filter, narrow, loading, loaded, failure, load }
}
