package gazetteer

import tumenv1 "tumen/proto/tumen/v1"

// terms is the table: code, HURIDOCS code or "", labels.
var terms = []*tumenv1.Term{
	// Acts with a code of micro-thesaurus 4.
	act("arrest", "030101", "Arrest", "체포", "逮捕"),
	lasting(act("detention", "030102", "Detention", "구금", "拘押")),
	lasting(act("enforced-disappearance", "030103", "Enforced disappearance", "강제 실종", "强迫失踪")),
	act("abduction", "030104", "Abduction", "납치", "绑架"),
	lasting(act("house-arrest", "030105", "House arrest", "가택 연금", "软禁")),
	act("mass-round-up", "030107", "Mass round-up", "대규모 검거", "大规模搜捕"),
	act("deportation", "330101", "Expulsion or deportation", "추방", "驱逐出境"),
	act("denial-of-asylum", "330103", "Denial of asylum", "비호 거부", "拒绝庇护"),
	act("refoulement", "380101", "Refoulement (forced repatriation)", "강제 송환 (강제 북송)", "强制遣返"),
	act("death-in-detention", "010106010", "Death in detention", "구금 중 사망", "羁押期间死亡"),
	act("death-in-transport", "010106030", "Death in transport", "이송 중 사망", "押送途中死亡"),
	// Acts without one.
	act("transfer", "", "Transfer", "이감", "转移关押"),
	act("border-handover", "", "Handover at a border", "국경에서의 신병 인계", "边境移交"),
	act("release", "", "Release", "석방", "释放"),
	act("sentencing", "", "Sentencing", "형 선고", "判刑"),
	act("torture", "", "Torture or ill-treatment", "고문 또는 부당한 대우", "酷刑或虐待"),
	act("sexual-violence", "", "Sexual violence", "성폭력", "性暴力"),
	act("forced-abortion", "", "Forced abortion", "강제 낙태", "强迫堕胎"),
	lasting(act("forced-labour", "", "Forced labour", "강제 노동", "强迫劳动")),
	act("trafficking", "", "Trafficking", "인신매매", "人口贩运"),
	act("execution", "", "Execution", "처형", "处决"),

	sourceKind("ngo-statement", "Statement of a non-governmental organisation", "비정부기구 성명", "非政府组织声明"),
	sourceKind("ngo-report", "Report of a non-governmental organisation", "비정부기구 보고서", "非政府组织报告"),
	sourceKind("news", "News", "언론 보도", "新闻报道"),
	sourceKind("government-statement", "Government statement", "정부 발표", "政府声明"),
	sourceKind("un-statement", "United Nations statement", "유엔 발표", "联合国声明"),
	sourceKind("analysis", "Analysis", "분석", "分析"),
	personal(sourceKind("interview", "Interview", "면담", "访谈")),
	personal(sourceKind("witness", "Witness", "증인", "证人")),
	personal(sourceKind("relative", "Relative", "가족·친척", "亲属")),
	sourceKind("court-document", "Court document", "법원 문서", "法院文件"),
	sourceKind("official-document", "Official document", "공문서", "官方文件"),
	sourceKind("social-media", "Social media", "소셜 미디어", "社交媒体"),
	sourceKind("satellite-image", "Satellite image", "위성 사진", "卫星图像"),
	sourceKind("photo", "Photograph", "사진", "照片"),
	sourceKind("video", "Video", "영상", "视频"),
	sourceKind("academic", "Academic work", "학술 연구", "学术研究"),
	sourceKind("other", "Other", "기타", "其他"),

	// Custody statuses with a code of micro-thesaurus 25.
	custodyStatus("still-missing", "0103", "Still missing", "여전히 행방불명", "仍然失踪"),
	custodyStatus("found-free", "010401", "Found, free", "발견됨 (자유로운 상태)", "已找到（人身自由）"),
	custodyStatus("found-in-prison", "010402", "Found in prison", "발견됨 (수감 중)", "已找到（在狱中）"),
	custodyStatus("held", "0202", "Held", "구금 중", "被关押"),
	custodyStatus("held-arbitrarily", "020204", "Held arbitrarily", "자의적 구금 중", "被任意拘押"),
	custodyStatus("deported", "0302", "Deported", "추방됨", "已被驱逐出境"),
	// Custody statuses without one.
	custodyStatus("released", "", "Released", "석방됨", "已获释"),
	custodyStatus("deceased", "", "Deceased", "사망", "已死亡"),
	custodyStatus("unknown", "", "Unknown", "알 수 없음", "不明"),
}

func act(code, huridocs, english, korean, chinese string) *tumenv1.Term {
	t := term("acts", code, english, korean, chinese)
	t.Vocabulary, t.HuridocsCode = tumenv1.Vocabulary_VOCABULARY_ACTS, huridocs
	return t
}

// lasting marks an act that lasts, rather than being momentary.
func lasting(t *tumenv1.Term) *tumenv1.Term {
	t.Lasting = true
	return t
}

func sourceKind(code, english, korean, chinese string) *tumenv1.Term {
	t := term("source-kinds", code, english, korean, chinese)
	t.Vocabulary = tumenv1.Vocabulary_VOCABULARY_SOURCE_KINDS
	return t
}

// personal marks a kind of source that is a person, whose identity is protected.
func personal(t *tumenv1.Term) *tumenv1.Term {
	t.Personal = true
	return t
}

func custodyStatus(code, huridocs, english, korean, chinese string) *tumenv1.Term {
	t := term("custody-statuses", code, english, korean, chinese)
	t.Vocabulary, t.HuridocsCode = tumenv1.Vocabulary_VOCABULARY_CUSTODY_STATUSES, huridocs
	return t
}

func term(list, code, english, korean, chinese string) *tumenv1.Term {
	return &tumenv1.Term{
		Name: "vocabularies/" + list + "/terms/" + code,
		Code: code,
		Names: []*tumenv1.TermLabel{
			{Text: english, Language: "en"}, {Text: korean, Language: "ko"}, {Text: chinese, Language: "zh-Hans"},
		},
		Marking: tumenv1.Marking_MARKING_CLEAR,
	}
}
