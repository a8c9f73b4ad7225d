// Notes of one owner in Redis, all in its slot. Notes are numbered as they change, so that a gateway asks for what it does not know yet, with the
// session that it loads anyway. n: b which life of the notes it is, n the last number. n:s numbers by id; n:r rows, each with the number under
// which it was last written and its sealed body; n:w when it was last used and the marks of its sessions; n:u:<kind> ids by the time at which they end.
// Ids begin with their kind. Numbers that somebody knows and Redis does not are lost ones (a failover): that is another life, which everybody reads
// from its beginning. The number of a note that was only used again grows, too: its row is then not sent.

/** Most notes of one answer; whoever gets so many asks again. */
export const notesPerAnswer = 200

export const news = `
local function news(meta, birth, known)
  local got = redis.call('HMGET', meta, 'b', 'n')
  if not got[1] then return {'', '0', '0'} end
  local from = got[1] == birth and tonumber(known) or 0
  local last = tonumber(got[2] or 0)
  if from > last then
    got[1] = got[1] .. '+'
    redis.call('HSET', meta, 'b', got[1])
    from = 0
  end
  if from >= last then return {got[1], string.format('%.0f', last), '0'} end
  local numbers, rows, whose = meta .. ':s', meta .. ':r', meta .. ':w'
  local changed = redis.call('ZRANGEBYSCORE', numbers, '(' .. string.format('%.0f', from), '+inf', 'WITHSCORES', 'LIMIT', 0, ${notesPerAnswer})
  local isMore = #changed == ${notesPerAnswer * 2}
  if isMore then last = tonumber(changed[#changed]) end
  local out = {got[1], string.format('%.0f', last), isMore and '1' or '0'}
  for i = 1, #changed, 2 do
    local row = redis.call('HGET', rows, changed[i])
    if row then
      local at = string.find(row, ' ', 1, true)
      out[#out + 1] = changed[i]
      out[#out + 1] = redis.call('HGET', whose, changed[i]) or '0 '
      out[#out + 1] = tonumber(string.sub(row, 1, at - 1)) > from and string.sub(row, at + 1) or ''
    end
  end
  return out
end
`

const changes = `
local function whole(value) return string.format('%.0f', value) end
local function drop(numbers, rows, whose, used, id)
  redis.call('HDEL', rows, id)
  redis.call('HDEL', whose, id)
  redis.call('ZREM', numbers, id)
  redis.call('ZREM', used, id)
end
local function keep(keys, ttl)
  for _, key in ipairs(keys) do
    if redis.call('PTTL', key) < ttl then redis.call('PEXPIRE', key, whole(ttl)) end
  end
end
local function number(meta, birth)
  redis.call('HSETNX', meta, 'b', birth)
  return redis.call('HINCRBY', meta, 'n', 1)
end
local function expire(numbers, rows, whose, used, now)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', used, '-inf', '(' .. whole(now), 'LIMIT', 0, 256)) do drop(numbers, rows, whose, used, id) end
end
local function marked(known, added)
  local marks, seen = {}, {}
  for _, text in ipairs({added, known}) do
    for mark in string.gmatch(text, '[^,]+') do
      if not seen[mark] and #marks < 16 then
        seen[mark] = true
        marks[#marks + 1] = mark
      end
    end
  end
  return table.concat(marks, ',')
end
`

/**
 * KEYS n, n:s, n:r, n:w, n:u:<kind>, then n:u of the other kinds; ARGV now, ttl, most, birth for a first note, then ids, marks and sealed bodies. Without
 * a body it was only used again, which says nothing of one that is gone. What is over its time goes, of whatever kind. Gives the life and the first
 * and the last number.
 */
export const putNotes = (clock: string): string => `${clock}${changes}
local meta, numbers, rows, whose, used = unpack(KEYS)
local now, ttl, most = clock(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
for i = 5, #KEYS do expire(numbers, rows, whose, KEYS[i], now) end
local first, last = '0', '0'
for i = 5, #ARGV, 3 do
  local id, body = ARGV[i], ARGV[i + 2]
  if body ~= '' or redis.call('HEXISTS', rows, id) == 1 then
    last = number(meta, ARGV[4])
    if first == '0' then first = last end
    local known = redis.call('HGET', whose, id)
    redis.call('HSET', whose, id, whole(now) .. ' ' .. marked(known and string.match(known, ' (.*)$') or '', ARGV[i + 1]))
    if body ~= '' then redis.call('HSET', rows, id, whole(last) .. ' ' .. body) end
    redis.call('ZADD', numbers, whole(last), id)
    redis.call('ZADD', used, whole(now + ttl), id)
  end
end
local over = redis.call('ZCARD', used) - most
if over > 0 then
  for _, id in ipairs(redis.call('ZRANGE', used, 0, over - 1)) do drop(numbers, rows, whose, used, id) end
end
keep({meta, numbers, rows, whose, used}, ttl)
return {redis.call('HGET', meta, 'b') or '', whole(first), whole(last)}
`

/**
 * KEYS n, n:s, n:r, n:w, n:u:gone, then n:u of the other kinds; ARGV now, ttl, birth, mark, then the other kinds. Takes a session's mark off, and what has
 * no other away; leaves a note that says so to the other gateways. Gives how many texts were taken away.
 */
export const forgetNotes = (clock: string): string => `${clock}${changes}
local meta, numbers, rows, whose, gone = unpack(KEYS)
local now, ttl, mark = clock(ARGV[1]), tonumber(ARGV[2]), ARGV[4]
local used = {}
for i = 5, #ARGV do used[ARGV[i]] = KEYS[i + 1] end
local texts = 0
local all = redis.call('HGETALL', whose)
for i = 1, #all, 2 do
  local at, marks = string.match(all[i + 1], '^(%d+) (.*)$')
  if marks and string.find(',' .. marks .. ',', ',' .. mark .. ',', 1, true) then
    local left = {}
    for one in string.gmatch(marks, '[^,]+') do if one ~= mark then left[#left + 1] = one end end
    local kind = string.match(all[i], '^(%w+):')
    if #left > 0 then redis.call('HSET', whose, all[i], at .. ' ' .. table.concat(left, ','))
    elseif used[kind] then
      drop(numbers, rows, whose, used[kind], all[i])
      if kind == 'text' then texts = texts + 1 end
    end
  end
end
expire(numbers, rows, whose, gone, now)
local id, last = 'gone:' .. mark, number(meta, ARGV[3])
redis.call('HSET', whose, id, whole(now) .. ' ')
redis.call('HSET', rows, id, whole(last) .. ' -')
redis.call('ZADD', numbers, whole(last), id)
redis.call('ZADD', gone, whole(now + ttl), id)
keep({meta, numbers, rows, whose, gone}, ttl)
return texts
`

/** KEYS n; ARGV life and number that are known. The others are in its slot. */
const more = `${news}
return news(KEYS[1], ARGV[1], ARGV[2])
`

export const noteScripts = (clock: string) => ({
  portcullisNotes: { lua: more, numberOfKeys: 1 },
  portcullisPutNotes: { lua: putNotes(clock), numberOfKeys: 9 },
  portcullisForgetNotes: { lua: forgetNotes(clock), numberOfKeys: 9 },
}) as const
