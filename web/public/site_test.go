package public_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"sunbid/bidding"
	"sunbid/web/problem"
	"sunbid/web/public"
)

// serve runs the pages behind a real socket.
func serve(t *testing.T, s *shelf, class bidding.Class) string {
	t.Helper()
	site, err := public.New(s, bidding.ClockFunc(now), public.About{Class: class, Version: "v0.1.0"})
	if err != nil {
		t.Fatal(err)
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
		if fe, ok := errors.AsType[*fiber.Error](err); ok && fe.Code == fiber.StatusNotFound {
			err = bidding.ErrMissing
		}
		p, _ := problem.Of(err)
		p.RequestID = "0123456789abcdef"
		return site.Fail(c, p)
	}})
	site.Register(app)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(l) }()
	t.Cleanup(func() {
		if err := app.ShutdownWithContext(context.Background()); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return "http://" + l.Addr().String()
}

func get(t *testing.T, url string) (int, string, http.Header) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body), res.Header
}

func TestPages(t *testing.T) {
	t.Parallel()
	s, td, open, opened, failed := bridge(150)
	at := serve(t, s, bidding.Rehearsal)
	for _, c := range []struct {
		name, path string
		status     int
		want       []string
		never      []string
	}{
		{"list", "/", 200, []string{"滨河大桥及引道工程施工招标", "2026-11-22 12:30", "下一页", "广东广州（440100）", `<span class="tag live">投标中</span>`, `<span class="tag stop">暂停</span>`}, nil},
		{"next page", "/?cursor=20", 200, []string{"第 26 中学", "回到第一页"}, []string{"滨河大桥"}},
		{"search", "/?q=GZ-2026", 200, []string{"滨河大桥"}, []string{"中学"}},
		{"region", "/?region=4403", 200, []string{"中学"}, []string{"滨河大桥"}},
		{"nothing found", "/?q=zzz", 200, []string{"没有符合条件的项目", `value="zzz"`}, nil},
		{"what was searched is escaped", "/?q=%22%3E%3Cscript%3E", 200, []string{"&lt;script&gt;"}, []string{"<script>"}},
		{"tender", "/tenders/" + td.String(), 200, []string{"GZ-2026-0217", "滨河市城市建设投资有限公司", "标段 1", "流标", "招标公告", "19,865,432.00 元", "联系人 何女士", "电话 020-00000001", "地址 滨河市新城区江湾路 88 号", "zhaobiao@example.com"}, nil},
		{"lot", "/lots/" + open.String(), 200, []string{"距投标截止和开标还有", "2 天 3 小时", "市公证处", "至少 2 家", "陈晓（交易中心）", "已延期", "data-until=\"2026-11-22T04:30:00.000Z\""}, nil},
		{"mode B lot", "/lots/" + opened.String(), 200, []string{"限时解密", "已开标", "查看开标情况"}, []string{"还有"}},
		{"before the opening", "/lots/" + open.String() + "/opening", 200, []string{"到时会发生什么", "countdown.js"}, []string{"一览表"}},
		{"record", "/lots/" + opened.String() + "/opening", 200, []string{"18,334,233.00", "广东第100建设工程集团有限公司", "投标人未在规定时间内解密", "视为撤销", "视为撤回", "投标人之外的原因", "/api/v1/documents/33", "平台、招标人、招标代理机构已签名", "下一页", "7712000000"}, []string{"广东第101建设", "http-equiv=\"refresh\""}},
		{"record, second page", "/lots/" + opened.String() + "/opening?cursor=100&from=101", 200, []string{"广东第101建设", ">101<"}, []string{"广东第100建设"}},
		{"failed", "/lots/" + failed.String() + "/opening", 200, []string{"不予开标", "少于三个"}, nil},
		{"log", "/log", 200, []string{"86400", strings.Repeat("cd", 32)}, nil},
		{"trust", "/trust", 200, []string{"数据库管理员", "对象存储管理员", "不是密码学意义上的时间延迟"}, nil},
		{"help", "/help", 200, []string{"sealbid seal", "sealbid officer release"}, nil},
		{"no such tender", "/tenders/" + bidding.NewTenderID().String(), 404, []string{"没有找到这个页面"}, nil},
		{"no such id", "/lots/1", 404, []string{"没有找到这个页面"}, nil},
		{"no such page", "/nothing", 404, []string{"没有找到这个页面", "返回招标项目"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, body, header := get(t, at+c.path)
			if status != c.status {
				t.Fatalf("status %d", status)
			}
			for _, w := range append(c.want, `lang="zh-CN"`, "演练", `id="main"`) {
				if !strings.Contains(body, w) {
					t.Errorf("%q is not on the page", w)
				}
			}
			for _, n := range append(c.never, "ZgotmplZ", "<no value>", "style=", "onclick") {
				if strings.Contains(body, n) {
					t.Errorf("%q is on the page", n)
				}
			}
			if len(body) > 60<<10 {
				t.Errorf("the page is %d bytes", len(body))
			}
			if ct := header.Get("Content-Type"); ct != "text/html; charset=utf-8" {
				t.Errorf("content type %q", ct)
			}
			for _, src := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
				if strings.Contains(src[1], "//") {
					t.Errorf("the page reaches elsewhere: %s", src[1])
				}
			}
		})
	}
}

func TestProductionHasNoBanner(t *testing.T) {
	t.Parallel()
	s, _, _, _, _ := bridge(3)
	_, body, _ := get(t, serve(t, s, bidding.Production)+"/")
	if strings.Contains(body, "不具法律效力") {
		t.Fatal("production shows the banner of a rehearsal")
	}
}

func TestEmptyGazette(t *testing.T) {
	t.Parallel()
	at := serve(t, &shelf{}, bidding.Rehearsal)
	if _, body, _ := get(t, at+"/"); !strings.Contains(body, "还没有公告的项目") {
		t.Fatal("no word for an empty list")
	}
}

func TestOurFault(t *testing.T) {
	t.Parallel()
	at := serve(t, &shelf{err: errors.New("dial tcp 10.0.0.7: refused")}, bidding.Rehearsal)
	status, body, _ := get(t, at+"/")
	if status != 500 || !strings.Contains(body, "0123456789abcdef") || strings.Contains(body, "10.0.0.7") {
		t.Fatalf("%d %s", status, body)
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	at := serve(t, &shelf{}, bidding.Rehearsal)
	_, body, _ := get(t, at+"/")
	css := regexp.MustCompile(`href="(/assets/site\.css\?v=[0-9a-f]+)"`).FindStringSubmatch(body)
	if css == nil {
		t.Fatal("no stylesheet")
	}
	for path, want := range map[string]string{css[1]: "immutable", "/assets/site.css": "no-cache", "/favicon.ico": "86400"} {
		status, _, header := get(t, at+path)
		if status != 200 || !strings.Contains(header.Get("Cache-Control"), want) {
			t.Errorf("%s: %d %q", path, status, header.Get("Cache-Control"))
		}
	}
	if status, _, _ := get(t, at+"/assets/..%2fsite.go"); status != 404 {
		t.Errorf("outside the assets: %d", status)
	}
}

// Before the finding a row that did not open says no more than that: what it is treated as is the tenderer's to say (电子招标投标办法 art. 31).
func TestNoFindingNoWord(t *testing.T) {
	t.Parallel()
	s, _, _, opened, _ := bridge(3)
	if _, body, _ := get(t, serve(t, s, bidding.Production)+"/lots/"+opened.String()+"/opening"); !strings.Contains(body, "未解密") || strings.Contains(body, "视为") {
		t.Error("the page says what the bid is treated as, and nobody has found that")
	}
}
