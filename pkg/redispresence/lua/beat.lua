-- Renews a node. Answers 1, or 0 if its set was lost; from then on it has one that counts as whole.
-- KEYS[2]: the node's set. ARGV[4]: the node. ARGV[5]: '1' if its process has never written to the set.
local set, node = KEYS[2], ARGV[4]
arrive(ARGV[5] == '1')
local whole = redis.call('SISMEMBER', set, MARK)
if whole == 0 then
  redis.call('SADD', set, MARK)
  whole = tonumber(ARGV[5])
end
-- Before the expiry: a server whose memory is full refuses a script only until its first write, and this is what it refuses.
redis.call('ZADD', NODES, now(), node)
redis.call('PEXPIRE', set, EXPIRY)
return whole
