"""Every type and root field of the platform's API, built yet or not: names that modules may not take."""

_TYPES = """
    Answer AnswerInput Article ArticleAttachment
    ArticleCategory ArticleCategoryInput
    ArticleConnection ArticleFilter ArticleInput ArticleItem ArticleKind
    ArticleStatus ArticleVersion BackTestInput BackTestReport Case CaseEvent ChangeLevel
    ClientOperation ClientOperationConnection ClientUse OperationInput OperationsRegistered
    RegisterOperationsInput RegisteredOperation RegisteredOperationConnection CommitTaskInput DateTime
    DeployFlowInput Deployment ExecutionPlan Feedback FeedbackConnection FeedbackFilter FeedbackInput Flow
    FlowConnection FlowInstance FlowInstanceConnection FlowInstanceFilter FlowItem FlowModelInput FlowStep
    FlowTestRun Form GapKind ImportInput ImportReport InstanceStatus JSON MatchInput MatchRecord MatchResult
    MatchRule MatchRuleConnection MatchRuleInput MessageInput MigrateInput MigrationReport ModelFormat
    NodeInstance NodeStatus PageInfo PlanCall PlanGroup Principal Problem QualityDimension QualityErrors
    QualityFilter
    QualityRow QuestionConditionInput ResourceField ResourceKind ResourceModule ResourceModuleVersion
    ResourcesInput ResourcesReport RollbackPreview RollbackTaskInput SaveFlowInput SchemaChange ScopeInput
    SearchGap SearchHit SearchInput SearchResult Severity Solution SolutionItem SolutionItemInput
    StartFlowInput Task TaskComment TaskConnection TaskFilter TaskOrder TerminateFlowInput TestFlowInput
    TestStep TextItem
"""

_ROOT_FIELDS = {
    "Query": """
        resourceModules resourceModule resourceField checkResources explain
        clientOperations registeredOperations quality flow flows checkFlow
        testFlow backTest previewRollback deployment flowInstance flowInstances task tasks article articles
        articleCategories
        searchKnowledge suggestQuestions matchSolutions matchRules exportArticles searchGaps feedback case
        me
    """,
    "Mutation": """
        publishResources rollbackResources registerOperations unregisterOperations
        saveFlow deployFlow startFlow commitTask rollbackTask
        terminateFlow claimTask releaseTask retryTask assignTask commentTask suspendFlow resumeFlow
        sendMessage migrateInstances saveArticle saveArticleCategory
        submitArticle rejectArticle publishArticle archiveArticle
        importArticles saveMatchRule deleteMatchRule recordFeedback saveSynonyms linkCase
    """,
    "Subscription": """
        flowInstanceChanged taskChanged resourcesPublished
    """,
}

RESERVED_TYPES = frozenset(_TYPES.split())
RESERVED_FIELDS = frozenset(
    f"{root}.{name}" for root, names in _ROOT_FIELDS.items() for name in names.split()
)
