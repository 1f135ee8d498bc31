package gazetteer

import tumenv1 "tumen/proto/tumen/v1"

const (
	country    = tumenv1.PlaceKind_PLACE_KIND_COUNTRY
	province   = tumenv1.PlaceKind_PLACE_KIND_PROVINCE
	prefecture = tumenv1.PlaceKind_PLACE_KIND_PREFECTURE
	county     = tumenv1.PlaceKind_PLACE_KIND_COUNTY
	city       = tumenv1.PlaceKind_PLACE_KIND_CITY // a village or township, too
	crossing   = tumenv1.PlaceKind_PLACE_KIND_BORDER_CROSSING
)

// places is the table. Korean names of places in China come in the South Korean
// transcription of the Chinese and in the Korean reading that Koreans in China
// and in the North use (투먼, 도문).
var places = []*tumenv1.Place{
	area("china", country, "", en("China"), zh("中国"), ko("중국"), pinyin("Zhongguo")),
	area("north-korea", country, "", en("North Korea"), en("Democratic People's Republic of Korea"),
		ko("조선민주주의인민공화국"), ko("북한"), ko("조선"), zh("朝鲜"), zh("朝鲜民主主义人民共和国")),
	area("south-korea", country, "", en("South Korea"), en("Republic of Korea"), ko("대한민국"), ko("한국"), zh("韩国"), zh("大韩民国")),

	// China, from province to town.
	area("jilin", province, "china", en("Jilin"), zh("吉林省"), zh("吉林"), ko("지린성"), ko("길림성")),
	area("liaoning", province, "china", en("Liaoning"), zh("辽宁省"), zh("辽宁"), ko("랴오닝성"), ko("료녕성"), ko("요녕성")),
	area("heilongjiang", province, "china", en("Heilongjiang"), zh("黑龙江省"), zh("黑龙江"), ko("헤이룽장성"), ko("흑룡강성")),
	area("yanbian", prefecture, "jilin", en("Yanbian"), en("Yanbian Korean Autonomous Prefecture"),
		zh("延边朝鲜族自治州"), zh("延边"), ko("연변조선족자치주"), ko("옌볜"), ko("연변")),
	area("baishan", prefecture, "jilin", en("Baishan"), zh("白山市"), zh("白山"), ko("바이산"), ko("백산")),
	area("tonghua", prefecture, "jilin", en("Tonghua"), zh("通化市"), zh("通化"), ko("퉁화"), ko("통화")),

	town("dandong", city, "liaoning", seat("2037886", 40.12917, 124.39472, 160), en("Dandong"), zh("丹东"), ko("단둥"), ko("단동")),
	town("hunchun", city, "yanbian", seat("2036653", 42.8675, 130.35806, 110), en("Hunchun"), zh("珲春"), ko("훈춘")),
	town("tumen", city, "yanbian", seat("2034340", 42.96611, 129.8425, 40), en("Tumen"), zh("图们"), ko("투먼"), ko("도문")),
	town("yanji", city, "yanbian", seat("2033467", 42.9075, 129.50778, 70), en("Yanji"), zh("延吉"), ko("옌지"), ko("연길")),
	town("longjing", city, "yanbian", seat("2035966", 42.77139, 129.42333, 90), en("Longjing"), zh("龙井"), ko("룽징"), ko("룡정"), ko("용정")),
	town("helong", city, "yanbian", seat("2036933", 42.53974, 128.99722, 85), en("Helong"), zh("和龙"), ko("허룽"), ko("화룡")),
	town("changbai", county, "baishan", seat("2038185", 41.41673, 128.19053, 110), en("Changbai"), en("Changbai Korean Autonomous County"),
		zh("长白朝鲜族自治县"), zh("长白"), ko("창바이"), ko("장백")),
	town("linjiang", city, "baishan", seat("2036069", 41.80694, 126.90778, 90), en("Linjiang"), zh("临江"), ko("린장"), ko("림강"), ko("임강")),
	town("jian", city, "tonghua", seat("2036579", 41.12349, 126.17631, 80), en("Ji'an"), en("Jian"), zh("集安"), ko("지안"), ko("집안")),

	town("quanhe", city, "hunchun", inside("Hunchun", 42.8675, 130.35806, 110), en("Quanhe"), zh("圈河"), ko("취안허"), ko("권하")),
	town("nanping", city, "helong", inside("Helong", 42.53974, 128.99722, 85), en("Nanping"), zh("南坪"), ko("난핑"), ko("남평")),
	town("guchengli", city, "helong", inside("Helong", 42.53974, 128.99722, 85), en("Guchengli"), zh("古城里"), ko("구청리"), ko("고성리")),
	town("sanhe", city, "longjing", inside("Longjing", 42.77139, 129.42333, 90), en("Sanhe"), zh("三合"), ko("싼허"), ko("삼합")),

	// North Korea, from province to town.
	area("north-hamgyong", province, "north-korea", en("North Hamgyong"), ko("함경북도"), mr("Hamgyŏng-bukto"), rr("Hamgyeongbuk-do"), zh("咸镜北道")),
	area("ryanggang", province, "north-korea", en("Ryanggang"), en("Yanggang"), ko("량강도"), ko("양강도"), mr("Ryanggang-do"), rr("Yanggang-do"), zh("两江道")),
	area("chagang", province, "north-korea", en("Chagang"), en("Jagang"), ko("자강도"), mr("Chagang-do"), rr("Jagang-do"), zh("慈江道")),
	area("north-pyongan", province, "north-korea", en("North Pyongan"), ko("평안북도"), mr("P'yŏngan-bukto"), rr("Pyeonganbuk-do"), zh("平安北道")),
	area("rason", city, "north-korea", en("Rason"), ko("라선"), ko("나선"), mr("Rasŏn"), rr("Naseon"), zh("罗先")),

	town("onsong", county, "north-hamgyong", seat("2042267", 42.95722, 129.99333, 35), en("Onsong"), ko("온성"), mr("Onsŏng"), rr("Onseong"), zh("稳城")),
	town("namyang", city, "onsong", seat("2042503", 42.95105, 129.85894, 5), en("Namyang"), ko("남양"), zh("南阳")),
	town("kyongwon", county, "north-hamgyong", seat("2042985", 42.81196, 130.16534, 40), en("Kyongwon"), en("Saebyol"),
		ko("경원"), ko("새별"), mr("Kyŏngwŏn"), rr("Gyeongwon"), zh("庆源")),
	town("hoeryong", city, "north-hamgyong", seat("2044091", 42.44113, 129.74601, 60), en("Hoeryong"), ko("회령"), mr("Hoeryŏng"), rr("Hoeryeong"), zh("会宁")),
	town("musan", county, "north-hamgyong", seat("2042738", 42.22609, 129.20776, 60), en("Musan"), ko("무산"), zh("茂山")),
	town("chongjin", city, "north-hamgyong", seat("2044757", 41.79556, 129.77583, 60), en("Chongjin"), ko("청진"), mr("Ch'ŏngjin"), rr("Cheongjin"), zh("清津")),
	town("hyesan", city, "ryanggang", seat("2043837", 41.40167, 128.17778, 25), en("Hyesan"), ko("혜산"), zh("惠山")),
	town("manpo", city, "chagang", seat("2042893", 41.15472, 126.28944, 40), en("Manpo"), ko("만포"), mr("Manp'o"), zh("满浦")),
	town("sinuiju", city, "north-pyongan", seat("2040893", 40.10056, 124.39806, 25), en("Sinuiju"), ko("신의주"), mr("Sinŭiju"), zh("新义州")),

	area("taehongdan", county, "ryanggang", en("Taehongdan"), ko("대홍단"), rr("Daehongdan"), zh("大红湍")),
	area("samjang", city, "taehongdan", en("Samjang"), ko("삼장"), zh("三长")),
	area("wonjong", city, "rason", en("Wonjong"), ko("원정"), mr("Wŏnjŏng"), rr("Wonjeong"), zh("元汀")),

	// Crossings. Where GeoNames has both towns, the point is that of the town
	// on the Chinese bank and the circle reaches beyond the other one.
	between("tumen", "namyang", near("Tumen and Namyang", 42.96611, 129.8425, 5), en("Tumen–Namyang"), ko("투먼–남양"), ko("도문–남양"), zh("图们—南阳")),
	between("dandong", "sinuiju", near("Dandong and Sinuiju", 40.12917, 124.39472, 15), en("Dandong–Sinuiju"), ko("단둥–신의주"), zh("丹东—新义州")),
	between("changbai", "hyesan", near("Changbai and Hyesan", 41.41673, 128.19053, 5), en("Changbai–Hyesan"), ko("창바이–혜산"), ko("장백–혜산"), zh("长白—惠山")),
	between("jian", "manpo", near("Ji'an and Manpo", 41.12349, 126.17631, 20), en("Ji'an–Manpo"), ko("지안–만포"), ko("집안–만포"), zh("集安—满浦")),
	between("nanping", "musan", inside("Helong", 42.53974, 128.99722, 85), en("Nanping–Musan"), ko("난핑–무산"), ko("남평–무산"), zh("南坪—茂山")),
	between("sanhe", "hoeryong", inside("Longjing", 42.77139, 129.42333, 90), en("Sanhe–Hoeryong"), ko("싼허–회령"), ko("삼합–회령"), zh("三合—会宁")),
	between("guchengli", "samjang", inside("Helong", 42.53974, 128.99722, 85), en("Guchengli–Samjang"), ko("구청리–삼장"), ko("고성리–삼장"), zh("古城里—三长")),
	between("quanhe", "wonjong", inside("Hunchun", 42.8675, 130.35806, 110), en("Quanhe–Wonjong"), ko("취안허–원정"), ko("권하–원정"), zh("圈河—元汀")),
}

// position is where a place lies, with the GeoNames id if it has one.
type position struct {
	geonamesID string
	location   *tumenv1.Location
}

// area is a place without a point. container is the slug of what contains it.
func area(slug string, kind tumenv1.PlaceKind, container string, names ...*tumenv1.PlaceName) *tumenv1.Place {
	p := &tumenv1.Place{Name: "places/" + slug, Kind: kind, Names: names, Marking: tumenv1.Marking_MARKING_CLEAR}
	if container != "" {
		p.ContainedIn = "places/" + container
	}
	return p
}

func town(slug string, kind tumenv1.PlaceKind, container string, at position, names ...*tumenv1.PlaceName) *tumenv1.Place {
	p := area(slug, kind, container, names...)
	p.GeonamesId, p.Location = at.geonamesID, at.location
	return p
}

// between is the crossing of two towns, the one in China first.
func between(inChina, inKorea string, at position, names ...*tumenv1.PlaceName) *tumenv1.Place {
	p := town(inChina+"-"+inKorea, crossing, inChina, at, names...)
	p.Connects = []string{"places/" + inChina, "places/" + inKorea}
	return p
}

// seat is a point that GeoNames gives under this id, in degrees, and our radius.
func seat(geonamesID string, latitude, longitude float64, radiusKM int32) position {
	return position{geonamesID, circle(latitude, longitude, radiusKM, "GeoNames (CC BY 4.0) for the point; the radius covers the area run from it")}
}

// inside stands for a place whose own position was not looked up.
func inside(container string, latitude, longitude float64, radiusKM int32) position {
	return position{"", circle(latitude, longitude, radiusKM, "GeoNames (CC BY 4.0) for the point of "+container+", which contains it; the radius covers all of "+container)}
}

// near stands for a crossing between two towns that are close to each other.
func near(towns string, latitude, longitude float64, radiusKM int32) position {
	return position{"", circle(latitude, longitude, radiusKM, "GeoNames (CC BY 4.0) for the points of "+towns+"; the radius covers both")}
}

func circle(latitude, longitude float64, radiusKM int32, saidBy string) *tumenv1.Location {
	return &tumenv1.Location{Latitude: latitude, Longitude: longitude, RadiusM: radiusKM * 1000, SaidBy: saidBy}
}

// Names by script. English names are those in common use, which for places in
// China are the pinyin and for those in Korea drop the diacritics.
func en(text string) *tumenv1.PlaceName { return &tumenv1.PlaceName{Text: text, Language: "en"} }
func ko(text string) *tumenv1.PlaceName { return &tumenv1.PlaceName{Text: text, Language: "ko"} }
func zh(text string) *tumenv1.PlaceName { return &tumenv1.PlaceName{Text: text, Language: "zh-Hans"} }
func pinyin(text string) *tumenv1.PlaceName {
	return &tumenv1.PlaceName{Text: text, Language: "zh-Latn", Romanisation: "pinyin"}
}
func mr(text string) *tumenv1.PlaceName {
	return &tumenv1.PlaceName{Text: text, Language: "ko-Latn", Romanisation: "mccune-reischauer"}
}
func rr(text string) *tumenv1.PlaceName {
	return &tumenv1.PlaceName{Text: text, Language: "ko-Latn", Romanisation: "revised"}
}
