-- What the scripts of presence share; it stands before each of them.
-- KEYS[1]: sorted set of nodes, by the time of their last beat (milliseconds of this server's clock).
-- ARGV[1]: what a node's name follows in the key of its set of users. All keys of presence share one hash tag on a
-- Cluster, so scripts may touch sets that KEYS does not name.
-- ARGV[2]: after how many milliseconds without a beat a node is dead.
-- ARGV[3]: after how many a set expires.
-- A set that is complete holds the mark, which is no user: whatever empties the set takes the mark, too. Who is idle on a node
-- is in its set once more, with the mark before the name.
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

-- How users are in a node's set once they are idle.
local function idle(users)
  local marked = {}
  for i, user in ipairs(users) do
    marked[i] = MARK .. user
  end
  return marked
end

-- For each user: 0 if no live node has them, 1 if they are idle wherever they are, 2 otherwise.
local OFFLINE, AWAY, ONLINE = 0, 1, 2
local function states(users)
  local found, marked = {}, idle(users)
  for i = 1, #users do
    found[i] = OFFLINE
  end
  if #users == 0 then
    return found
  end
  for _, node in ipairs(redis.call('ZRANGEBYSCORE', NODES, '(' .. now() - TTL, '+inf')) do
    local here = redis.call('SMISMEMBER', SET .. node, unpack(users))
    local resting = redis.call('SMISMEMBER', SET .. node, unpack(marked))
    for i = 1, #users do
      if here[i] == 1 then
        found[i] = math.max(found[i], resting[i] == 1 and AWAY or ONLINE)
      end
    end
  end
  return found
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
