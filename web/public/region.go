package public

// province is a division and the digits its codes begin with (GB/T 2260).
type province struct{ Code, Name string }

func provinces() []province {
	return []province{
		{"11", "北京"}, {"12", "天津"}, {"13", "河北"}, {"14", "山西"}, {"15", "内蒙古"},
		{"21", "辽宁"}, {"22", "吉林"}, {"23", "黑龙江"},
		{"31", "上海"}, {"32", "江苏"}, {"33", "浙江"}, {"34", "安徽"}, {"35", "福建"}, {"36", "江西"}, {"37", "山东"},
		{"41", "河南"}, {"42", "湖北"}, {"43", "湖南"}, {"44", "广东"}, {"45", "广西"}, {"46", "海南"},
		{"50", "重庆"}, {"51", "四川"}, {"52", "贵州"}, {"53", "云南"}, {"54", "西藏"},
		{"61", "陕西"}, {"62", "甘肃"}, {"63", "青海"}, {"64", "宁夏"}, {"65", "新疆"},
	}
}

// cities are divisions of the second level (GB/T 2260) that the platform serves; others are shown by their province.
func cities() []province {
	return []province{{"4401", "广州"}, {"4403", "深圳"}, {"4404", "珠海"}, {"4406", "佛山"}, {"4407", "江门"}, {"4413", "惠州"}, {"4419", "东莞"}, {"4420", "中山"}}
}

// regionName shows a code of six digits with its names: "广东东莞（441900）".
func regionName(code string) string {
	name := named(provinces(), code, 2) + named(cities(), code, 4)
	if name == "" {
		return code
	}
	return name + "（" + code + "）"
}

func named(list []province, code string, digits int) string {
	if len(code) >= digits {
		for _, p := range list {
			if p.Code == code[:digits] {
				return p.Name
			}
		}
	}
	return ""
}
