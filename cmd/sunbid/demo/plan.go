package demo

import (
	"sunbid/bidding/notice"
	"time"

	"sunbid/bidding"
)

// plan is one tender of the demonstration. Its organisations and works are invented.
type plan struct {
	key      string // its name in the memory
	number   string
	title    string
	region   string // GB/T 2260: 441900 东莞, 442000 中山
	lot      string
	host     string // person who is the tenderer
	lead     time.Duration
	ceiling  bidding.Fen
	bids     int // how many of the bidders hand in
	days     int
	text     string
	awaiting bool // the seeding waits for its opening
}

const yuan = 100 // fen

func plans() []plan {
	const day = 24 * time.Hour
	return []plan{
		{key: "road", number: "DG-SG-001", title: "东莞市松湖大道（科苑路至沁园路段）改造工程施工", region: "441900", lot: "施工一标段", host: "tenderer-dongguan",
			lead: 21 * day, ceiling: 86_350_000 * yuan, days: 540,
			text: "一、工程概况：道路全长 3.2 公里，含路基路面、雨污水管网、照明和绿化工程。\n二、招标范围：施工图纸和工程量清单所列全部内容。\n三、资格要求：具有市政公用工程施工总承包二级及以上资质，并具有有效的安全生产许可证。\n四、投标文件的递交：通过本平台加密递交，开标时间之前可以修改、撤回。"},
		{key: "school", number: "ZS-SG-001", title: "中山市岐江学校扩建工程施工总承包", region: "442000", lot: "施工总承包标段", host: "tenderer-zhongshan",
			lead: 12 * day, ceiling: 142_680_000 * yuan, days: 600,
			text: "一、工程概况：新建教学楼、综合楼各一栋，总建筑面积 2.8 万平方米。\n二、招标范围：土建、安装、装修和室外配套工程。\n三、资格要求：具有建筑工程施工总承包一级及以上资质。\n四、投标文件的递交：通过本平台加密递交，逾期不予接收。"},
		{key: "supervision", number: "DG-JL-001", title: "东莞市运河水环境综合整治工程监理", region: "441900", lot: "监理标段", host: "tenderer-dongguan",
			lead: 3 * day, ceiling: 4_960_000 * yuan, days: 720,
			text: "一、服务内容：河道清淤、截污管网和生态修复工程的施工阶段监理。\n二、资格要求：具有市政公用工程监理甲级资质。\n三、投标保证金：支持保函、保险和转账。\n四、投标文件的递交：通过本平台加密递交。"},
		{key: "soon", number: "ZS-SG-002", title: "中山市翠湖公园提升改造工程施工", region: "442000", lot: "施工标段", host: "tenderer-zhongshan",
			lead: 5 * time.Minute, ceiling: 18_900_000 * yuan, bids: 5, days: 240,
			text: "一、工程概况：园路、驿站、照明和绿化提升，面积约 11 万平方米。\n二、招标范围：施工图纸所列全部内容。\n三、资格要求：具有市政公用工程施工总承包三级及以上资质。\n四、本标段用于观摩：演练平台启动后数分钟自动开标，届时可在本页查看开标过程和开标记录。"},
		{key: "opened", number: "DG-SG-002", title: "东莞市滨江社区卫生服务中心装修工程施工", region: "441900", lot: "施工标段", host: "tenderer-dongguan",
			lead: 16 * time.Second, ceiling: 6_240_000 * yuan, bids: 6, days: 150, awaiting: true,
			text: "一、工程概况：装修面积 5200 平方米，含给排水、电气、通风空调和消防改造。\n二、资格要求：具有建筑装修装饰工程专业承包二级及以上资质。\n三、投标文件的递交：通过本平台加密递交。"},
		{key: "failed", number: "ZS-HW-001", title: "中山市图书馆新馆电梯采购及安装", region: "442000", lot: "设备采购标段", host: "tenderer-zhongshan",
			lead: 14 * time.Second, ceiling: 2_180_000 * yuan, bids: 1, days: 60, awaiting: true,
			text: "一、采购内容：乘客电梯四台、货梯一台，含安装调试和三年维护。\n二、资格要求：具有特种设备生产许可（电梯）。\n三、投标文件的递交：通过本平台加密递交。"},
	}
}

// person of the demonstration; folder is below demo/people.
type person struct {
	folder, name, who string
	code              int
	role              bidding.Role
}

func people() []person {
	return []person{
		{"tenderer-dongguan", "东莞松湖城建投资有限公司（演练）", "招标经办", 8_000_000, bidding.Tenderer},
		{"tenderer-zhongshan", "中山岐江建设投资有限公司（演练）", "招标经办", 8_000_001, bidding.Tenderer},
		{"agency", "粤海招标代理有限公司（演练）", "代理经办", 8_000_002, bidding.Agency},
		{"centre", "演练公共资源交易中心", "值班经办", 8_000_003, bidding.Operator},
		{"officer-1", "招标人解锁人（演练）", "解锁人", 8_000_011, bidding.Officer},
		{"officer-2", "代理机构解锁人（演练）", "解锁人", 8_000_012, bidding.Officer},
		{"officer-3", "交易中心解锁人（演练）", "解锁人", 8_000_013, bidding.Officer},
		{"bidder-1", "广东华岭建设集团有限公司（演练）", "投标经办", 8_000_021, bidding.Bidder},
		{"bidder-2", "南粤市政工程有限公司（演练）", "投标经办", 8_000_022, bidding.Bidder},
		{"bidder-3", "珠江三角建工有限公司（演练）", "投标经办", 8_000_023, bidding.Bidder},
		{"bidder-4", "香山建筑安装有限公司（演练）", "投标经办", 8_000_024, bidding.Bidder},
		{"bidder-5", "岭海生态园林股份有限公司（演练）", "投标经办", 8_000_025, bidding.Bidder},
		{"bidder-6", "莞城装饰工程有限公司（演练）", "投标经办", 8_000_026, bidding.Bidder},
	}
}

func officers() []string { return []string{"officer-1", "officer-2", "officer-3"} }

func bidders() []string {
	return []string{"bidder-1", "bidder-2", "bidder-3", "bidder-4", "bidder-5", "bidder-6"}
}

// price of the i-th bid: between 93.6 and 98.9 per cent of the ceiling, to the fen, no two alike.
func (p plan) price(i int) bidding.Fen {
	return p.ceiling/10_000*bidding.Fen(9_361+(i*3_571)%530) + bidding.Fen(i*1_117+36)
}

// contacts of the invented tenderer and agency; the numbers are nobody's.
func contacts() *notice.ContactBlock {
	return &notice.ContactBlock{
		Tenderer: notice.Contact{Person: "陈女士", Phone: "0769-00000001", Address: "演练市演练区文化路 18 号"},
		Agency:   &notice.Contact{Person: "林先生", Phone: "0769-00000002", Email: "zhaobiao@example.com", Address: "演练市演练区工业路 6 号 3 层"},
	}
}
