-- What the scripts of presence share; it stands before each of them.
-- KEYS[1]: sorted set of nodes, by the time of their last beat (milliseconds of this server's clock).
-- ARGV[1]: what a node's name follows in the key of its set of users. All keys of presence share one hash tag on a
-- Cluster, so scripts may touch sets that KEYS does not name.
-- ARGV[2]: after how many milliseconds without a beat a node is dead.
-- ARGV[3]: after how many a set expires.
-- A set that is complete holds the mark, which is no user: whatever empties the set takes the mark, too.
-- When all was lost, the first node that notices says so for as long as the others may take to come back: until then
-- nobody can tell who is online.
local NODES, SET, TTL, EXPIRY, MARK = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3], '~'

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The arguments from the nth on.
local function rest(n)
  return {unpack(ARGV, n)}
end

-- For each user, whether a live node has them.
local function online(users)
  local found = {}
  if #users == 0 then
    return found
  end
  for _, node in ipairs(redis.call('ZRANGEBYSCORE', NODES, '(' .. now() - TTL, '+inf')) do
    for i, here in ipairs(redis.call('SMISMEMBER', SET .. node, unpack(users))) do
      found[i] = found[i] or here == 1
    end
  end
  return found
end

local function offline(users)
  local found, missing = online(users), {}
  for i, user in ipairs(users) do
    if not found[i] then
      missing[#missing + 1] = user
    end
  end
  return missing
end

-- Called by a node before it writes. The key of what has begun is there from the first node's coming until all is lost; a
-- node that is not new and misses it has noticed the loss.
local BEGUN, EMPTIED = NODES .. ':begun', NODES .. ':emptied'
local function arrive(new)
  if not redis.call('GET', BEGUN) then
    redis.call('SET', BEGUN, now())
    if not new then
      redis.call('SET', EMPTIED, '1', 'PX', math.ceil(TTL * 0.6))
    end
  end
end

-- Whether it can't be told who is online. known: the process that asks has a node.
local function unsettled(known)
  return redis.call('EXISTS', EMPTIED) == 1 or known and not redis.call('GET', BEGUN)
end

local UNSETTLED = {err = 'UNSETTLED presence was lost a moment ago'}
