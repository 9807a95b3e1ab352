-- Puts users on a node as idle, which counts as its beat, and answers how each of them is now, if that can be told.
-- KEYS[2]: the node's set. ARGV[4]: the node. ARGV[5]: '1' if its process has never written to the set, so that
-- nothing can be missing from it. ARGV[6]: '1' if the process has a node. ARGV[7…]: users.
local set, node, users = KEYS[2], ARGV[4], rest(7)
arrive(ARGV[5] == '1')
if ARGV[5] == '1' then
  redis.call('SADD', set, MARK)
end
if #users > 0 then
  redis.call('SADD', set, unpack(users))
  redis.call('SADD', set, unpack(idle(users)))
end
redis.call('PEXPIRE', set, EXPIRY)
redis.call('ZADD', NODES, now(), node)
if unsettled(ARGV[6] == '1') then
  return UNSETTLED
end
return states(users)
