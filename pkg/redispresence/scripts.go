package redispresence

import (
	_ "embed"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed lua/common.lua
	commonLua string
	//go:embed lua/join.lua
	joinLua string
	//go:embed lua/leave.lua
	leaveLua string
	//go:embed lua/beat.lua
	beatLua string
	//go:embed lua/online.lua
	onlineLua string
	//go:embed lua/claim.lua
	claimLua string

	joinScript   = redis.NewScript(commonLua + joinLua)
	leaveScript  = redis.NewScript(commonLua + leaveLua)
	beatScript   = redis.NewScript(commonLua + beatLua)
	onlineScript = redis.NewScript(commonLua + onlineLua)
	claimScript  = redis.NewScript(commonLua + claimLua)
)

// mark is common.lua's MARK. It is no user's id.
const mark = "~"
