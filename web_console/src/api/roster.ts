// Who there is and who is on air.
import type { Department, LiveStream, PictureFault, Roster, Terminal, UplinkFigures } from '@/core/model'
import { body, msOf, msOrNull, server, type Wire } from './client'

/** The gravest first: a badge has room for one. */
const faults: readonly PictureFault[] = ['black', 'covered', 'frozen', 'blurred']

export async function fetchStreams(): Promise<LiveStream[]> {
  return streamsIn(await body(server.GET('/api/v1/streams')))
}

/** The list as HTTP and the signals give it. */
export function streamsIn(list: Wire['StreamList']): LiveStream[] {
  return list.streams.map(streamOf)
}

export async function fetchTerminals(): Promise<Pick<Roster, 'departments' | 'terminals'>> {
  return terminalsIn(await body(server.GET('/api/v1/terminals')))
}

export function terminalsIn(list: Wire['TerminalList']): Pick<Roster, 'departments' | 'terminals'> {
  const kinds = new Map(list.departments.map((one) => [one.code, one.kind]))
  return { departments: list.departments.map((one) => departmentOf(one, kinds)), terminals: list.terminals.map(terminalOf) }
}

/** A team is shown among its department's kind. */
function departmentOf(entry: Wire['DepartmentEntry'], kinds: ReadonlyMap<string, Wire['DepartmentEntry']['kind']>): Department {
  const kind = entry.kind === 'team' ? kinds.get(entry.code.slice(0, 2)) : entry.kind
  return { id: entry.code, name: { zh: entry.name, en: entry.name_en || entry.name }, kind: kind === 'team' || kind === undefined ? 'township' : kind }
}

function terminalOf(entry: Wire['TerminalEntry']): Terminal {
  return {
    id: entry.number,
    departmentId: entry.department_code,
    title: { zh: entry.name, en: entry.name_en || entry.name },
    online: entry.state !== 'offline',
    lastSeenMs: msOrNull(entry.last_seen_utc_us),
  }
}

function streamOf(entry: Wire['StreamEntry']): LiveStream {
  return {
    id: entry.stream_id,
    source: entry.source,
    title: { zh: entry.terminal_name, en: entry.terminal_name },
    departmentId: entry.department_code,
    state: entry.state,
    startedMs: msOrNull(entry.started_utc_us),
    sinceMs: msOf(entry.since_utc_us),
    fault: faults.find((fault) => entry.picture_marks.includes(fault)) ?? null,
    recording: entry.recording,
    viewers: entry.viewers,
    uplink: entry.figures && uplinkOf(entry.figures),
    stillUrl: entry.thumbnail_url,
  }
}

function uplinkOf(figures: Wire['StreamFigures']): UplinkFigures {
  const layers = Object.values(figures.layers)
  const main = figures.layers['main'] ?? figures.layers['sub']
  return {
    kbps: layers.reduce((sum, layer) => sum + layer.bitrate_bps, 0) / 1000,
    loss: figures.loss,
    roundTripMs: figures.rtt_ms,
    width: main?.width ?? 0,
    height: main?.height ?? 0,
    fps: main?.fps ?? 0,
    silentMs: figures.last_media_age_s === null ? null : figures.last_media_age_s * 1000,
  }
}
