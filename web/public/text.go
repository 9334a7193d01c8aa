package public

import (
	"github.com/gofiber/fiber/v2"

	"sunbid/web/problem"
)

// trust is GET /trust: who can open what and when, and whom one has to trust all the same.
func (s *Site) trust(c *fiber.Ctx) error {
	return s.render(c, "trust", page{Title: "谁能打开投标文件", Here: "trust"})
}

// help is GET /help.
func (s *Site) help(c *fiber.Ctx) error {
	return s.render(c, "help", page{Title: "使用帮助", Here: "help"})
}

// Fail shows a problem as a page; what led to it was mapped and logged before.
func (s *Site) Fail(c *fiber.Ctx, p *problem.Problem) error {
	title := "出错了"
	switch {
	case p.Status == fiber.StatusNotFound:
		title = "没有找到这个页面"
	case p.Status == fiber.StatusTooManyRequests:
		title = "请求过于频繁"
	case p.Status == fiber.StatusServiceUnavailable:
		title = "系统繁忙"
	}
	c.Status(p.Status)
	return s.render(c, "fail", page{Title: title, Data: p})
}
