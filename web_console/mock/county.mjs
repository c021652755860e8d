// A made-up county: what the server would tell about its departments, terminals, streams and recordings.
const bureaus = [
  ['sfj', '司法局', 'Justice Bureau'], ['scjg', '市场监督管理局', 'Market Regulation Bureau'], ['zhzf', '综合行政执法局', 'Integrated Enforcement Bureau'],
  ['yjgl', '应急管理局', 'Emergency Management Bureau'], ['nyncj', '农业农村局', 'Agriculture Bureau'], ['sthj', '生态环境分局', 'Ecology and Environment Branch'],
  ['zrzy', '自然资源局', 'Natural Resources Bureau'], ['jtys', '交通运输局', 'Transport Bureau'], ['wsjk', '卫生健康局', 'Health Bureau'],
]
const townships = [
  ['cgz', '城关镇', 'Chengguan Town'], ['dwz', '大王镇', 'Dawang Town'], ['xhz', '小河镇', 'Xiaohe Town'], ['lqx', '柳泉乡', 'Liuquan Township'],
  ['bgz', '北关镇', 'Beiguan Town'], ['nzx', '南庄乡', 'Nanzhuang Township'], ['sjx', '石佛乡', 'Shifo Township'], ['hjz', '韩集镇', 'Hanji Town'],
  ['ycx', '杨村乡', 'Yangcun Township'], ['gyz', '高营镇', 'Gaoying Town'], ['mzx', '马庄乡', 'Mazhuang Township'],
]
const departments = [
  ...townships.map(([code, name, name_en]) => ({ code, name, name_en, kind: 'township' })),
  ...bureaus.map(([code, name, name_en]) => ({ code, name, name_en, kind: 'bureau' })),
  { code: 'jdzx', name: '行政执法监督中心', name_en: 'Supervision Centre', kind: 'centre' },
]

/** `onAir` terminals stream; one of them is lost, one shows a fault. */
export function county({ onAir = 13, nowMs = Date.now(), lost = true, faults = true } = {}) {
  const us = (ms) => Math.round(ms * 1000)
  const terminals = departments.flatMap((department, at) =>
    [1, 2].map((unit) => ({
      number: `T${String(at + 1).padStart(2, '0')}-${unit}`,
      name: `${unit === 1 ? '一' : '二'}号执法终端`, name_en: `Unit ${unit}`,
      department_code: department.code, department,
    })),
  )
  const order = terminals.map((_, at) => at).sort((a, b) => ((a * 17) % 42) - ((b * 17) % 42))
  const air = order.slice(0, onAir).sort((a, b) => a - b)
  const streams = air.map((at, index) => {
    const terminal = terminals[at]
    const state = lost && index === 2 ? 'lost' : 'live'
    return {
      stream_id: `stream-${terminal.number}`, source: terminal.number, terminal_name: terminal.name, terminal_name_en: terminal.name_en,
      department_code: terminal.department.code, department_name: terminal.department.name, department_name_en: terminal.department.name_en,
      state, started_utc_us: us(nowMs - 1000 * (600 + index * 423)), since_utc_us: us(nowMs - (state === 'lost' ? 37_000 : 600_000)),
      figures: { layers: { main: { bitrate_bps: 1_480_000, fps: 25, width: 1280, height: 720 }, sub: { bitrate_bps: 240_000, fps: 15, width: 320, height: 180 } }, loss: 0.004, rtt_ms: 46, jitter_ms: 4, last_media_age_s: 0 },
      viewers: (index * 7) % 4 + 1, thumbnail_url: `/api/v1/streams/stream-${terminal.number}/thumbnail.svg`, recording: true,
      picture_marks: faults && index === 4 ? ['covered'] : faults && index === 7 ? ['blurred'] : [],
    }
  })
  const states = new Map(streams.map((stream) => [stream.source, stream.state]))
  return {
    departments,
    terminals: terminals.map(({ department: _, ...terminal }, at) => ({
      ...terminal, state: states.get(terminal.number) ?? (at % 5 === 0 ? 'online' : 'offline'),
      stream_id: states.has(terminal.number) ? `stream-${terminal.number}` : null,
      last_seen_utc_us: at % 7 === 3 ? null : us(nowMs - 3_600_000 * (at % 9)),
    })),
    streams,
  }
}

export function recordings(nowMs = Date.now()) {
  const { terminals } = county({ nowMs })
  return Array.from({ length: 34 }, (_, at) => {
    const terminal = terminals[(at * 11) % terminals.length]
    const department = departments.find((one) => one.code === terminal.department_code)
    const started = nowMs - at * 2_700_000 - 1_400_000
    const length = at === 0 ? 1_400_000 : 300_000 + ((at * 7919) % 50) * 60_000
    return {
      recording_id: `rec-${at}`, stream_id: `stream-${at}`, source: terminal.number, terminal_name: terminal.name,
      department_code: department.code, department_name: department.name, department_name_en: department.name_en,
      state: at < 2 ? 'open' : 'closed', layer: at % 6 === 5 ? 'sub' : 'main', started_utc_us: started * 1000, ended_utc_us: at < 2 ? null : (started + length) * 1000,
      kept_us: (length - (at % 4 === 1 ? 48_000 : 0)) * 1000, bytes: Math.round(length * 195), gaps: at % 4 === 1 ? 1 + (at % 3) : 0,
      thumbnail_url: `/api/v1/recordings/rec-${at}/thumbnail.svg`, playlist_url: `/api/v1/recordings/rec-${at}/playlist.m3u8`,
    }
  })
}
