// The tiles on the screen now, by source: what the toolbar sums up, the detail panel draws and the keys act upon.
import { shallowReactive, type Ref, type ShallowRef } from 'vue'
import type { LayerWish } from '@/core/model'
import type { LinkView } from './link_quality'

export interface TileView {
  readonly link: LinkView
  readonly layer: Ref<LayerWish>
  readonly wish: ShallowRef<LayerWish>
  readonly save: () => void
}

export const tilesOnScreen = shallowReactive(new Map<string, TileView>())
